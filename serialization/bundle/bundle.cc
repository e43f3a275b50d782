#include "serialization/bundle/bundle.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "serialization/bundle/table.h"
#include "serialization/crc32c.h"
#include "serialization/tensorflow_module.h"

namespace keratin::serialization::bundle {
namespace {

constexpr int most_shards = 100'000;
constexpr std::size_t most_tensor_bytes = std::size_t{1} << 40;

std::string shard_path(const std::string& prefix, int shard, int shards) {
  char text[48];
  std::snprintf(text, sizeof text, ".data-%05d-of-%05d", shard, shards);
  return prefix + text;
}

class Reader {
 public:
  explicit Reader(const std::string& prefix) : prefix_(prefix), index_(prefix + ".index") {}

  Bundle read() {
    const std::vector<std::byte> file = read_all(*open_file(index_));
    bool first = true;
    read_table(file, index_, [&](std::string_view key, Bytes value) {
      if (first) {
        check(key.empty(), ErrorCode::corrupt_file, index_, ": the first entry is \"", printable(key),
              "\", not the bundle's header; TensorFlow 1 checkpoints in one file (V1 format) are not read");
        header(value);
      } else if (key.front() != '\0') {  // keys of slices; the full name says that there are some
        entry(std::string(key), value);
      }
      first = false;
    });
    check(!first, ErrorCode::corrupt_file, index_, ": the index is empty");
    check_overlap();
    return std::move(bundle_);
  }

 private:
  void header(Bytes value) {
    const BundleHeader header = tensorflow_module().parse_bundle_header(value, index_ + ": header");
    check(header.shards >= 1 && header.shards <= most_shards, ErrorCode::corrupt_file, index_, ": ",
          header.shards, " shards; 1 to ", most_shards, " are read");
    check(!header.big_endian, ErrorCode::unsupported, index_,
          ": written on a big-endian machine; only little-endian checkpoints are read");
    check(header.min_consumer <= 1, ErrorCode::unsupported, index_, ": needs a reader of version ",
          header.min_consumer, "; this one is 1");
    shards_.resize(static_cast<std::size_t>(header.shards));
  }

  void entry(const std::string& key, Bytes value) {
    const std::string where = cat(index_, ": tensor \"", printable(key), "\"");
    const BundleEntry from = tensorflow_module().parse_bundle_entry(value, where);
    const std::optional<DType> dtype = dtype_of(from.type);
    if (!dtype || !from.slices.empty()) {
      bundle_.unreadable.emplace(key, dtype ? cat("stored in ", from.slices.size(), " slices")
                                            : cat("has the type ", name_of(from.type)));
      return;
    }
    check(!from.shape.unknown_rank &&
              std::ranges::none_of(from.shape.dims, [](std::int64_t d) { return d < 0; }),
          ErrorCode::corrupt_file, where, ": its shape is not known");
    TensorEntry entry;
    entry.dtype = *dtype;
    entry.shape = from.shape.dims;
    const std::int64_t elements = within(where, [&] { return element_count(entry.shape); });
    const std::int64_t bytes = checked_mul(elements, static_cast<std::int64_t>(size_of(*dtype)));
    check(from.size >= 0 && from.offset >= 0 && (*dtype == DType::string || from.size == bytes) &&
              static_cast<std::uint64_t>(from.size) <= most_tensor_bytes,
          ErrorCode::corrupt_file, where, ": ", name_of(from.type), to_string(entry.shape), " needs ", bytes,
          " bytes, the index says ", from.size);
    entry.source = shard(from.shard, where);
    entry.offset = static_cast<std::uint64_t>(from.offset);
    entry.bytes = static_cast<std::uint64_t>(from.size);
    check(entry.offset <= entry.source->size() && entry.bytes <= entry.source->size() - entry.offset,
          ErrorCode::corrupt_file, where, ": bytes ", entry.offset, "..", entry.offset + entry.bytes,
          " lie past the end of ", entry.source->name(), " (", entry.source->size(),
          " bytes); the copy is incomplete");
    bundle_.checksums.emplace(key, from.checksum);
    bundle_.directory.tensors.emplace(key, std::move(entry));
  }

  SourcePtr shard(int number, const std::string& where) {
    check(number >= 0 && static_cast<std::size_t>(number) < shards_.size(), ErrorCode::corrupt_file, where,
          ": lies in shard ", number, ", but there are ", shards_.size());
    SourcePtr& source = shards_[static_cast<std::size_t>(number)];
    if (!source) source = open_file(shard_path(prefix_, number, static_cast<int>(shards_.size())));
    return source;
  }

  // Two tensors never share bytes: an index that says so was made by hand.
  void check_overlap() const {
    std::vector<const TensorEntry*> entries;
    for (const auto& [key, entry] : bundle_.directory.tensors)
      if (entry.bytes > 0) entries.push_back(&entry);
    const auto place = [](const TensorEntry* e) { return std::pair(e->source.get(), e->offset); };
    std::ranges::sort(entries, {}, place);
    for (std::size_t i = 1; i < entries.size(); ++i)
      check(entries[i]->source != entries[i - 1]->source ||
                entries[i]->offset >= entries[i - 1]->offset + entries[i - 1]->bytes,
            ErrorCode::corrupt_file, index_, ": two tensors overlap at byte ", entries[i]->offset, " of ",
            entries[i]->source->name());
  }

  const std::string& prefix_;
  std::string index_;
  std::vector<SourcePtr> shards_;
  Bundle bundle_;
};

}  // namespace

Bundle read_bundle(const std::string& prefix) { return Reader(prefix).read(); }

}  // namespace keratin::serialization::bundle
