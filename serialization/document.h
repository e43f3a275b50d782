// ModelDocument: what a model file holds, as plain structs. Readers fill one, writers take one.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "serialization/json/json.h"
#include "serialization/tensor_directory.h"

namespace keratin::serialization {

// How the weights inside the file are addressed.
enum class WeightsLayout {
  none,    // an architecture alone
  legacy,  // layer_names / weight_names, by position
  v3,      // object paths, "/layers/dense/vars/0"
};

struct ModelDocument {
  std::string file;            // as the user named it; starts error messages
  std::string format;          // ".keras", ".keras folder", "h5", "weights.h5", "json" …
  std::string writer;          // "keras", "tf.keras", "tf_keras" as far as known
  std::string writer_version;  // "3.15.1"; empty when the file does not say
  std::string backend;         // "tensorflow", "theano" …; empty when the file does not say
  std::string date_saved;
  Json config;           // {"class_name", "config", …}; null for bare weights
  Json training_config;  // compile_config (v3) or training_config (h5); null when not compiled
  WeightsLayout layout = WeightsLayout::none;
  std::string weights_root;  // in front of every weight path, "" or "/model_weights"
  TensorDirectory weights;
  std::vector<std::string> order;           // of the values in a file that is written; others come behind
  std::map<std::string, SourcePtr> assets;  // "layers/string_lookup/vocabulary.txt" -> bytes
  std::vector<std::string> notes;           // irregularities that were read all the same
  // Checksums not compared yet: each reads its bytes once and throws Error{corrupt_file}. They may run
  // beside other work, but are done before the first result is handed out.
  std::vector<std::function<void()>> checks;
};

// Recognises the format by content and reads metadata; no weight is read.
// path: a file or a folder. Throws Error{corrupt_file, unsupported, io}.
ModelDocument read_document(const std::string& path);
// The same for a model that is no file by itself; path only names it in messages.
ModelDocument read_document(const std::string& path, const SourcePtr& source);

// Writes the file whole or not at all; format is the name of a row, "h5" for all that HDF5 holds by itself.
// Equal documents give equal bytes. Throws Error{unsupported, invalid_argument, io}.
void write_document(const ModelDocument& document, const std::string& path, std::string_view format);

// One row per format, in the order in which they are tried.
struct Format {
  const char* name;
  // source is null when path is a folder, or the prefix of a checkpoint's files.
  bool (*recognises)(const std::string& path, const SourcePtr& source);
  ModelDocument (*read)(const std::string& path, const SourcePtr& source);
  // Writes whole or not at all. Null where the format can't be written.
  void (*write)(const ModelDocument& document, const std::string& path) = nullptr;
};
std::span<const Format* const> formats();

}  // namespace keratin::serialization
