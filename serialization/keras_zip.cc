// Keras' version 3 model: config.json, metadata.json and model.weights.h5, in a zip or in a folder.
#include "runtime/core/error.h"
#include "serialization/formats.h"
#include "serialization/hdf5/hdf5.h"
#include "serialization/write_directory.h"
#include "serialization/zip/zip.h"

namespace keratin::serialization {
namespace {

constexpr const char* config_name = "config.json";
constexpr const char* metadata_name = "metadata.json";
constexpr const char* weights_name = "model.weights.h5";
constexpr const char* pickled_name = "model.weights.npz";
constexpr std::string_view assets_folder = "assets/";

void read_metadata(ModelDocument& document, const std::string& text, const std::string& name) {
  const Json metadata = parse_json(text, name);
  within(name, [&] {
    if (const Json* version = metadata.find("keras_version")) document.writer_version = version->as_string();
    if (const Json* date = metadata.find("date_saved")) document.date_saved = date->as_string();
  });
  document.writer = writer_of(document.writer_version);
}

void read_config(ModelDocument& document, const std::string& text, const std::string& name) {
  document.config = parse_json(text, name);
  within(name, [&] {
    check(document.config.is_object() && document.config.find("class_name") && document.config.find("config"),
          ErrorCode::corrupt_file,
          "this is not the config of a Keras model: it has no \"class_name\" and \"config\"; save with "
          "model.save()");
    document.config.at("class_name").as_string();
  });
  take_compile_config(document);
}

// Pickled weights are refused. That there are none is told by a check, later: what the architecture has to be
// refused for is worth more to the user.
void miss_weights(ModelDocument& document, const std::string& file, bool pickled) {
  check(!pickled, ErrorCode::unsupported, file, ": the weights are stored as ", pickled_name,
        ", pickled Python objects, which are never read: they would run code. Load the model in Keras and "
        "save it again "
        "(it writes ",
        weights_name, ")");
  document.layout = WeightsLayout::v3;
  document.checks.push_back([file] {
    fail(ErrorCode::corrupt_file, file, ": the member ", weights_name, " is missing: the file is incomplete");
  });
}

ModelDocument read_zip(const std::string& path, const SourcePtr& source) {
  const auto zip = std::make_shared<const ZipArchive>(source);
  ModelDocument document;
  document.format = ".keras";
  if (const ZipMember* metadata = zip->find(metadata_name))
    read_metadata(document, zip->text(*metadata), path + ":" + metadata_name);
  else
    document.notes.push_back("metadata.json is missing: the version of the writer is unknown");
  read_config(document, zip->text(*zip->find(config_name)), path + ":" + config_name);

  const ZipMember* weights = zip->find(weights_name);
  if (!weights) {
    miss_weights(document, path, zip->find(pickled_name) != nullptr);
    return document;
  }
  if (zip->find(pickled_name)) document.notes.push_back(std::string(pickled_name) + " was not read");
  read_v3(document, read_hdf5(zip->open(*weights)));
  if (!weights->deflated) document.checks.push_back([zip, member = *weights] { zip->verify(member); });

  for (const ZipMember& member : zip->members()) {
    if (!member.name.starts_with(assets_folder)) continue;
    document.assets[member.name.substr(assets_folder.size())] = zip->open(member);
    if (!member.deflated) document.checks.push_back([zip, member] { zip->verify(member); });
  }
  return document;
}

bool recognises_zip(const std::string&, const SourcePtr& source) {
  return source && is_zip(*source) && ZipArchive(source).find(config_name);
}

ModelDocument read_folder(const std::string& path, const SourcePtr&) {
  ModelDocument document;
  document.format = ".keras folder";
  if (exists_beneath(path, metadata_name)) {
    const SourcePtr metadata = open_beneath(path, metadata_name);
    read_metadata(document, read_text(*metadata), metadata->name());
  } else {
    document.notes.push_back("metadata.json is missing: the version of the writer is unknown");
  }
  const SourcePtr config = open_beneath(path, config_name);
  read_config(document, read_text(*config), config->name());
  if (!exists_beneath(path, weights_name)) {
    miss_weights(document, path, exists_beneath(path, pickled_name));
    return document;
  }
  read_v3(document, read_hdf5(open_beneath(path, weights_name)));
  if (exists_beneath(path, "assets"))
    for (const std::string& name : files_beneath(path, "assets"))
      document.assets[name] = open_beneath(path, std::string(assets_folder) + name);
  return document;
}

bool recognises_folder(const std::string& path, const SourcePtr& source) {
  return !source && is_folder(path) && exists_beneath(path, config_name);
}

Json config_of(const ModelDocument& document) {
  Json config = document.config;
  if (!document.training_config.is_null()) config["compile_config"] = document.training_config;
  return config;
}

Json metadata_of(const ModelDocument& document) {
  Json metadata;
  metadata["keras_version"] = document.writer_version;
  metadata["date_saved"] = document.date_saved;
  return metadata;
}

void write_weights(const ModelDocument& document, ByteSink& sink) {
  Hdf5Writer writer;      // the member starts at a multiple of 64, so values keep their alignment
  writer.group("/vars");  // Keras 2.15 and 3.0 don't read a file without it
  add_directory(writer, document.weights, document.order);
  writer.write(sink);
}

// The members in the order in which Keras writes them.
void write_zip(const ModelDocument& document, const std::string& path) {
  check(document.config.is_object() && document.layout == WeightsLayout::v3, ErrorCode::invalid_argument,
        path, ": a .keras file needs a config, and weights by object path");
  FileSink sink(path);
  ZipWriter zip(sink);
  zip.add(metadata_name, print_json(metadata_of(document)));
  zip.add(config_name, print_json(config_of(document)));
  zip.add(weights_name, [&](ByteSink& member) { write_weights(document, member); });
  for (const auto& [name, asset] : document.assets)
    zip.add(std::string(assets_folder) + name, [&](ByteSink& member) { member.write(read_all(*asset)); });
  zip.finish();
  sink.commit();
}

}  // namespace

const Format format_keras_zip = {".keras", recognises_zip, read_zip, write_zip};
const Format format_keras_folder = {".keras folder", recognises_folder, read_folder};

}  // namespace keratin::serialization
