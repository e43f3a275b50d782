#include "serialization/document.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/core/error.h"
#include "serialization/formats.h"

namespace keratin::serialization {
namespace {

// In the order in which they are tried; the first that recognises the content reads it.
constexpr std::array<const Format*, 10> table = {
    &format_saved_model,       &format_keras_folder, &format_orbax, &format_checkpoint,
    &format_keras_zip,         &format_foreign_zip,  &format_h5,    &format_weights_sharded,
    &format_architecture_json, &format_foreign_file,
};

constexpr const char* expected =
    "expected a .keras or .h5 file, an unzipped .keras folder, .weights.h5 or .weights.json weights, an "
    "architecture "
    ".json, a SavedModel folder or a TensorFlow checkpoint";

[[noreturn]] void refuse_unknown(const std::string& path, const SourcePtr& source) {
  if (!source) {
    std::string names;
    for (const std::string& name : list_folder(path)) {
      if (names.size() > 120) {
        names += ", …";
        break;
      }
      names += (names.empty() ? "" : ", ") + printable(name);
    }
    fail(ErrorCode::corrupt_file, path, ": this folder is no model; it holds ",
         names.empty() ? "nothing" : names, "; ", expected);
  }
  check(source->size() > 0, ErrorCode::corrupt_file, path, ": the file is empty; the copy is incomplete");
  fail(ErrorCode::corrupt_file, path, ": this is no model; it starts with \"",
       printable(first_bytes(*source, 16)), "\"; ", expected);
}

}  // namespace

std::span<const Format* const> formats() { return table; }

ModelDocument read_document(const std::string& path) {
  const bool folder = is_folder(path);
  // The prefix of a checkpoint names no file; only its ".index" does.
  const bool prefix = !folder && !exists_beneath("", path) && exists_beneath("", path + ".index");
  return read_document(path, folder || prefix ? nullptr : open_file(path));
}

ModelDocument read_document(const std::string& path, const SourcePtr& source) {
  for (const Format* format : formats()) {
    if (!format->recognises(path, source)) continue;
    ModelDocument document = format->read(path, source);
    document.file = path;
    return document;
  }
  refuse_unknown(path, source);
}

void write_document(const ModelDocument& document, const std::string& path, std::string_view format) {
  const auto row =
      std::find_if(table.begin(), table.end(), [&](const Format* f) { return f->name == format; });
  check(row != table.end() && (*row)->write, ErrorCode::unsupported, path, ": the format \"", format,
        "\" is not written");
  (*row)->write(document, path);
}

std::string writer_of(const std::string& version) {
  int major = -1, minor = -1;
  const char* end = version.data() + version.size();
  const auto first = std::from_chars(version.data(), end, major);
  if (first.ec != std::errc()) return "";
  if (first.ptr != end && *first.ptr == '.') std::from_chars(first.ptr + 1, end, minor);
  if (major != 2) return "keras";
  if (minor >= 16) return "tf_keras";
  // Multi-backend Keras ended with 2.3.1; TensorFlow's own said "-tf" until then.
  return minor >= 4 || version.ends_with("-tf") ? "tf.keras" : "keras";
}

void take_compile_config(ModelDocument& document) {
  Json* compiled = document.config.find("compile_config");
  if (!compiled) return;
  if (compiled->truthy()) document.training_config = std::move(*compiled);
  document.config.erase("compile_config");
}

std::string first_bytes(const ByteSource& source, std::size_t count) {
  std::string text(std::min<std::uint64_t>(count, source.size()), '\0');
  source.read(0, std::as_writable_bytes(std::span(text)));
  return text;
}

}  // namespace keratin::serialization
