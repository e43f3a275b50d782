// HDF5 files of every Keras: the whole model of Keras 1 to 3, weights alone by position (Keras 0.x to
// tf.keras), and weights by object path (.weights.h5).
#include <array>

#include "runtime/core/error.h"
#include "serialization/formats.h"
#include "serialization/hdf5/hdf5.h"
#include "serialization/write_directory.h"

namespace keratin::serialization {
namespace {

constexpr const char* weights_group = "/model_weights";

// HDF5 allows a user block of 512, 1024, … bytes in front.
bool recognises(const std::string&, const SourcePtr& source) {
  constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
  if (!source) return false;
  for (std::uint64_t at = 0; at + signature.size() <= source->size(); at = at == 0 ? 512 : 2 * at) {
    std::array<char, signature.size()> bytes{};
    source->read(at, std::as_writable_bytes(std::span(bytes)));
    if (std::string_view(bytes.data(), bytes.size()) == signature) return true;
  }
  return false;
}

const std::string* text_of(const TensorDirectory& file, const std::string& group,
                           const std::string& attribute) {
  const auto found = file.text.find(group);
  if (found == file.text.end()) return nullptr;
  const auto value = found->second.find(attribute);
  return value == found->second.end() ? nullptr : &value->second;
}

bool has_names(const TensorDirectory& file, const std::string& group, const std::string& attribute) {
  const auto found = file.names.find(group);
  return found != file.names.end() && found->second.count(attribute) > 0;
}

void read_origin(ModelDocument& document, const TensorDirectory& file) {
  for (const char* group : {"/", weights_group}) {
    const std::string* version = text_of(file, group, "keras_version");
    const std::string* backend = text_of(file, group, "backend");
    if (version && document.writer_version.empty()) document.writer_version = *version;
    if (backend && document.backend.empty()) document.backend = *backend;
  }
  document.writer = writer_of(document.writer_version);
}

void read_model(ModelDocument& document, const std::string& path, TensorDirectory file) {
  document.format = "h5";
  const std::string name = path + ":model_config";
  document.config = parse_json(*text_of(file, "/", "model_config"), name);
  within(name, [&] {
    document.config.at("class_name").as_string();
    document.config.at("config");
  });
  if (const std::string* training = text_of(file, "/", "training_config"))
    document.training_config = parse_json(*training, path + ":training_config");
  if (has_names(file, weights_group, "layer_names")) {
    document.layout = WeightsLayout::legacy;
    document.weights_root = weights_group;
  } else if (has_names(file, "/", "layer_names")) {
    document.layout = WeightsLayout::legacy;
    document.notes.push_back("the weights stand at the root of the file");
  } else {
    check(!file.has_group(weights_group), ErrorCode::corrupt_file, path, ":", weights_group,
          ": the attribute \"layer_names\" is missing; the file is damaged");
    document.notes.push_back("the file holds no weights");
  }
  document.weights = std::move(file);
}

// Keras 0.x numbers its groups and arrays; named as later versions do, they load by position like any other.
void read_numbered(ModelDocument& document, TensorDirectory file) {
  document.format = "h5 weights";
  document.writer = "keras";
  document.writer_version = "0";
  document.layout = WeightsLayout::legacy;
  std::vector<std::string>& layers = file.names["/"]["layer_names"];
  for (std::size_t k = 0; file.has_group("/layer_" + std::to_string(k)); ++k) {
    const std::string layer = "layer_" + std::to_string(k);
    layers.push_back(layer);
    std::vector<std::string>& weights = file.names["/" + layer]["weight_names"];
    for (std::size_t p = 0;; ++p) {
      const std::string weight = "param_" + std::to_string(p);
      if (!file.tensors.count("/" + layer + "/" + weight)) break;
      weights.push_back(weight);
    }
  }
  document.notes.push_back("the weights are numbered as Keras 0.x did; they are taken by position");
  document.weights = std::move(file);
}

ModelDocument read(const std::string& path, const SourcePtr& source) {
  TensorDirectory file = read_hdf5(source);
  ModelDocument document;
  read_origin(document, file);
  if (text_of(file, "/", "model_config")) {
    read_model(document, path, std::move(file));
  } else if (has_names(file, "/", "layer_names") || has_names(file, weights_group, "layer_names")) {
    document.format = "h5 weights";
    document.layout = WeightsLayout::legacy;
    if (!has_names(file, "/", "layer_names")) document.weights_root = weights_group;
    document.weights = std::move(file);
  } else if (file.numbers.count("/") && file.numbers.at("/").count("nb_layers")) {
    read_numbered(document, std::move(file));
  } else if (is_v3(file)) {
    document.format = ".weights.h5";
    read_v3(document, std::move(file));
  } else {
    fail(ErrorCode::corrupt_file, path,
         ": an HDF5 file, but no model of Keras: none of \"model_config\", \"layer_names\", \"nb_layers\" or "
         "the group "
         "\"layers\" stands at its root");
  }
  return document;
}

// With a config a whole model, without one its weights.
void write(const ModelDocument& document, const std::string& path) {
  check(document.layout == WeightsLayout::legacy || document.config.is_null(), ErrorCode::invalid_argument,
        path, ": a whole model in HDF5 needs weights by position");
  Hdf5Writer writer;
  if (document.layout == WeightsLayout::v3) {
    writer.group("/vars");
  } else {
    if (!document.writer_version.empty()) writer.attribute("/", "keras_version", document.writer_version);
    if (!document.backend.empty()) writer.attribute("/", "backend", document.backend);
  }
  if (!document.config.is_null()) writer.attribute("/", "model_config", print_json(document.config));
  if (!document.training_config.is_null())
    writer.attribute("/", "training_config", print_json(document.training_config));
  add_directory(writer, document.weights, document.order,
                {"keras_version", "backend", "model_config", "training_config"});
  FileSink sink(path);
  writer.write(sink);
  sink.commit();
}

}  // namespace

const Format format_h5 = {"h5", recognises, read, write};

}  // namespace keratin::serialization
