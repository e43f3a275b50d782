#include "serialization/write_directory.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "runtime/core/error.h"

namespace keratin::serialization {
namespace {

// Raw bytes pass through a small buffer; what has to be decoded is decoded whole.
void stream(const std::string& path, const TensorEntry& entry, ByteSink& sink) {
  if (entry.decode) {
    const Tensor tensor = read_tensor(path, entry);
    sink.write({static_cast<const std::byte*>(tensor.raw()), tensor.bytes()});
    return;
  }
  std::vector<std::byte> buffer(std::min<std::uint64_t>(entry.bytes, std::uint64_t{1} << 20));
  for (std::uint64_t at = 0; at < entry.bytes; at += buffer.size()) {
    const auto part = std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), entry.bytes - at));
    entry.source->read(entry.offset + at, part);
    sink.write(part);
  }
}

}  // namespace

void add_directory(Hdf5Writer& writer, const TensorDirectory& directory,
                   const std::vector<std::string>& order, const std::set<std::string>& without) {
  for (const auto& [path, attributes] : directory.text) {
    writer.group(path);
    for (const auto& [name, value] : attributes)
      if (path != "/" || !without.count(name)) writer.attribute(path, name, value);
  }
  for (const auto& [path, attributes] : directory.names) {
    writer.group(path);
    for (const auto& [name, list] : attributes) writer.attribute(path, name, list);
  }
  for (const auto& [path, attributes] : directory.numbers) {
    writer.group(path);
    for (const auto& [name, number] : attributes) {
      const bool whole = std::trunc(number) == number && std::fabs(number) < 0x1p53;
      if (whole)
        writer.attribute(path, name, static_cast<std::int64_t>(number));
      else
        writer.attribute(path, name, number);
    }
  }
  std::set<std::string_view> added;
  const auto add = [&](const std::string& path, const TensorEntry& entry) {
    if (!added.insert(path).second) return;
    writer.dataset(path, entry.dtype, entry.shape,
                   [&path, &entry](ByteSink& sink) { stream(path, entry, sink); });
  };
  for (const std::string& path : order)
    if (const auto found = directory.tensors.find(path); found != directory.tensors.end())
      add(found->first, found->second);
  for (const auto& [path, entry] : directory.tensors) add(path, entry);
}

}  // namespace keratin::serialization
