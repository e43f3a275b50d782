// Files that are recognised only to be refused: each sentence says what to do instead.
#include <algorithm>
#include <array>
#include <cctype>

#include "runtime/core/error.h"
#include "serialization/formats.h"
#include "serialization/little_endian.h"
#include "serialization/zip/zip.h"

namespace keratin::serialization {
namespace {

bool is_saved_model(const std::string& path, const SourcePtr& source) {
  if (source || !is_folder(path)) return false;
  return exists_beneath(path, "saved_model.pb") || exists_beneath(path, "saved_model.pbtxt") ||
         exists_beneath(path, "saved_model.cpb");
}

ModelDocument refuse_saved_model(const std::string& path, const SourcePtr&) {
  fail(ErrorCode::unsupported, path,
       ": a SavedModel folder; this build of keratin does not read it. Save the model as .keras or .h5 in "
       "Keras");
}

bool is_table(const ByteSource& source) {
  constexpr std::uint64_t magic = 0xdb4775248b80fb57;
  if (source.size() < 48) return false;
  std::array<std::byte, 8> end;
  source.read(source.size() - end.size(), end);
  return load_le<std::uint64_t>(end, 0) == magic;
}

bool is_checkpoint(const std::string& path, const SourcePtr& source) {
  if (source)
    return is_table(*source) ||
           (path.ends_with("/checkpoint") && first_bytes(*source, 4096).starts_with("model_checkpoint_path"));
  if (!is_folder(path)) return true;  // a prefix: its index is there, else there were a source
  if (exists_beneath(path, "checkpoint")) return true;
  const auto names = list_folder(path);
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name.ends_with(".index"); });
}

ModelDocument refuse_checkpoint(const std::string& path, const SourcePtr&) {
  fail(ErrorCode::unsupported, path,
       ": a TensorFlow checkpoint; this build of keratin does not read it. Save the weights as .weights.h5 "
       "in Keras");
}

bool is_number(const std::string& name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); });
}

// A folder of steps, or one step of it.
bool is_orbax(const std::string& path, const SourcePtr& source) {
  if (source || !is_folder(path)) return false;
  if (exists_beneath(path, "_CHECKPOINT_METADATA") || exists_beneath(path, "manifest.ocdbt")) return true;
  const auto names = list_folder(path);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return is_number(name) && is_folder(path + "/" + name) &&
           (exists_beneath(path + "/" + name, "_CHECKPOINT_METADATA") ||
            exists_beneath(path + "/" + name, "pytree"));
  });
}

ModelDocument refuse_orbax(const std::string& path, const SourcePtr&) {
  fail(ErrorCode::unsupported, path,
       ": an Orbax checkpoint, which is not read. Load it in Keras and save the model with "
       "model.save(\"model.keras\")");
}

bool is_foreign_zip(const std::string&, const SourcePtr& source) { return source && is_zip(*source); }

ModelDocument refuse_zip(const std::string& path, const SourcePtr& source) {
  const ZipArchive zip(source);
  const auto any = [&](auto&& test) { return std::any_of(zip.members().begin(), zip.members().end(), test); };
  const auto ends = [&](std::string_view end) {
    return any([&](const ZipMember& m) { return m.name.ends_with(end); });
  };
  check(!ends("/config.json"), ErrorCode::unsupported, path,
        ": a zip of a folder with a model inside; unzip it and give the folder, or zip its files without the "
        "folder");
  check(!ends("/data.pkl"), ErrorCode::unsupported, path,
        ": a PyTorch file, which is not read: it is pickled Python");
  check(!ends("saved_model.pb"), ErrorCode::unsupported, path,
        ": a zipped SavedModel; unzip it and give the folder");
  check(zip.members().empty() || any([](const ZipMember& m) { return !m.name.ends_with(".npy"); }),
        ErrorCode::unsupported, path,
        ": arrays of numpy (.npz), no model: they do not say which weight is which. Save with model.save()");
  fail(ErrorCode::corrupt_file, path, ": a zip archive without config.json; a .keras file was expected");
}

struct Foreign {
  std::size_t offset;
  std::string_view magic;
  const char* what;
};
constexpr Foreign foreign[] = {
    {4, "TFL3", "a TensorFlow Lite model, which is not read; give the model that it was converted from"},
    {0, "\x80\x02", "pickled Python, which is never read: it would run code. Save with model.save()"},
    {0, "\x80\x03", "pickled Python, which is never read: it would run code. Save with model.save()"},
    {0, "\x80\x04", "pickled Python, which is never read: it would run code. Save with model.save()"},
    {0, "\x80\x05", "pickled Python, which is never read: it would run code. Save with model.save()"},
    {0, "\x93NUMPY", "an array of numpy, no model. Give data with --input"},
    {0, "version https://git-lfs", "a pointer of git-lfs, not the file itself; run git lfs pull"},
    {0, "\x1f\x8b", "compressed with gzip; decompress it first"},
    {0, "backend:",
     "an architecture in YAML, which is not read. Load it in Keras 2.5 and write model.to_json()"},
    {0, "class_name:",
     "an architecture in YAML, which is not read. Load it in Keras 2.5 and write model.to_json()"},
    {0,
     "config:", "an architecture in YAML, which is not read. Load it in Keras 2.5 and write model.to_json()"},
    {0, "!!python/",
     "an architecture in YAML, which is not read. Load it in Keras 2.5 and write model.to_json()"},
    {0, "<!DOCTYPE", "a web page: the download went wrong"},
    {0, "<html", "a web page: the download went wrong"},
};

const Foreign* find_foreign(const ByteSource& source) {
  const std::string start = first_bytes(source, 64);
  for (const Foreign& row : foreign)
    if (start.size() > row.offset && std::string_view(start).substr(row.offset).starts_with(row.magic))
      return &row;
  return nullptr;
}

bool is_foreign(const std::string&, const SourcePtr& source) { return source && find_foreign(*source); }

ModelDocument refuse_foreign(const std::string& path, const SourcePtr& source) {
  fail(ErrorCode::unsupported, path, ": ", find_foreign(*source)->what);
}

}  // namespace

const Format format_saved_model = {"SavedModel", is_saved_model, refuse_saved_model};
const Format format_checkpoint = {"checkpoint", is_checkpoint, refuse_checkpoint};
const Format format_orbax = {"Orbax", is_orbax, refuse_orbax};
const Format format_foreign_zip = {"zip", is_foreign_zip, refuse_zip};
const Format format_foreign_file = {"other", is_foreign, refuse_foreign};

}  // namespace keratin::serialization
