// ModelDocument: what a model file holds, as plain structs. Readers fill one, writers take one.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "serialization/json/json.h"
#include "serialization/tensor_directory.h"

namespace keratin::serialization {

// How the weights inside the file are addressed.
enum class WeightsLayout {
  none,     // an architecture alone
  legacy,   // layer_names / weight_names, by position
  v3,       // object paths, "/layers/dense/vars/0"
};

struct ModelDocument {
  std::string file;            // as the user named it; starts error messages
  std::string format;          // ".keras", ".keras folder", "h5", "weights.h5", "json" …
  std::string writer;          // "keras", "tf.keras", "tf_keras" as far as known
  std::string writer_version;  // "3.15.1"; empty when the file does not say
  std::string backend;         // "tensorflow", "theano" …; empty when the file does not say
  std::string date_saved;
  Json config;                 // {"class_name", "config", …}; null for bare weights
  Json training_config;        // compile_config (v3) or training_config (h5); null when not compiled
  WeightsLayout layout = WeightsLayout::none;
  std::string weights_root;    // where the weights start, "" or "/model_weights"
  TensorDirectory weights;
  std::map<std::string, SourcePtr> assets;  // "layers/string_lookup/vocabulary.txt" -> bytes
  std::vector<std::string> notes;           // irregularities that were read all the same
};

// Recognises the format by content and reads metadata; no weight is read.
// path: a file or a folder. Throws Error{corrupt_file, unsupported, io}.
ModelDocument read_document(const std::string& path);

// One row per format, in the order in which they are tried.
struct Format {
  const char* name;
  // path is a folder when source is null.
  bool (*recognises)(const std::string& path, const SourcePtr& source);
  ModelDocument (*read)(const std::string& path, const SourcePtr& source);
};
std::span<const Format> formats();

}  // namespace keratin::serialization
