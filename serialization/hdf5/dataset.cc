#include "serialization/hdf5/dataset.h"

#include <algorithm>

#include "runtime/core/shape.h"
#include "serialization/hdf5/chunked_values.h"
#include "serialization/hdf5/layout.h"

namespace keratin::serialization::hdf5 {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 40;
constexpr std::uint64_t free_bytes = 1 << 20;  // a small dataset of which nothing is stored yet

// The messages that describe values, each at most once in a sound header.
struct Description {
  const Message* space = nullptr;
  const Message* type = nullptr;
  const Message* layout = nullptr;
  const Message* fill = nullptr;
  const Message* old_fill = nullptr;
  const Message* filters = nullptr;
  bool external = false;
};

Description describe(const std::vector<Message>& messages) {
  Description out;
  for (const Message& m : messages) {
    switch (m.type) {
      case MessageType::dataspace:
        out.space = &m;
        break;
      case MessageType::datatype:
        out.type = &m;
        break;
      case MessageType::layout:
        out.layout = &m;
        break;
      case MessageType::fill_value:
        out.fill = &m;
        break;
      case MessageType::old_fill_value:
        out.old_fill = &m;
        break;
      case MessageType::filters:
        out.filters = &m;
        break;
      case MessageType::external_files:
        out.external = true;
        break;
      default:
        break;
    }
  }
  return out;
}

Cursor body_of(const File& file, const Message& message, const char* what) {
  return file.cursor(resolve_shared(file, message), what);
}

// What the elements are, or a sentence why they can't be read.
std::string element_of(const Datatype& type, const std::string& dtype_attribute, DType& dtype) {
  if (type.kind == Datatype::Kind::number) {
    dtype = type.dtype;
    return {};
  }
  // Keras stores bfloat16 as two opaque bytes and says so beside them.
  if (type.kind == Datatype::Kind::opaque && type.size == 2 && dtype_attribute == "bfloat16") {
    dtype = DType::bfloat16;
    return {};
  }
  const bool is_string =
      type.kind == Datatype::Kind::fixed_string || type.kind == Datatype::Kind::vlen_string;
  const std::string name = dtype_attribute.empty() ? type.name : cat(type.name, " (", dtype_attribute, ")");
  return cat("its elements are of type ", is_string ? "string" : name,
             "; integers, bool and floats of 16, 32 and 64 bits are read");
}

std::vector<std::byte> fill_of(const File& file, const Description& d, std::uint64_t element_size) {
  const Message* message = d.fill ? d.fill : d.old_fill;
  if (!message) return {};
  const Bytes value = read_fill_value(body_of(file, *message, "fill value"), !d.fill);
  const bool zero = std::all_of(value.begin(), value.end(), [](std::byte b) { return b == std::byte{0}; });
  if (zero) return {};
  check(value.size() == element_size, ErrorCode::corrupt_file, "fill value: it has ", value.size(),
        " bytes, an element has ", element_size, "; the file is damaged");
  return {value.begin(), value.end()};
}

ChunkGrid grid_of(const Dataspace& space, const Layout& layout, std::uint64_t element_size) {
  ChunkGrid grid{space.shape, space.limits.empty() ? space.shape : space.limits, layout.chunk, element_size};
  check(grid.chunk.size() == grid.shape.size(), ErrorCode::corrupt_file, "layout: chunks of rank ",
        grid.chunk.size(), " for values of rank ", grid.shape.size(), "; the file is damaged");
  for (const std::uint64_t dim : grid.chunk)
    check(!__builtin_mul_overflow(grid.chunk_bytes, dim, &grid.chunk_bytes) && grid.chunk_bytes <= most_bytes,
          ErrorCode::corrupt_file,
          "layout: a chunk is larger than 2^40 bytes; the file is damaged or hostile");
  return grid;
}

// Nothing is allocated on the word of the file that its own length can't back.
void check_backed(const File& file, std::uint64_t ratio, const TensorEntry& entry) {
  const bool backed = entry.bytes <= free_bytes || entry.bytes / ratio <= file.size();
  if (entry.bytes <= most_bytes && backed) return;
  fail(ErrorCode::corrupt_file, "shape ", to_string(entry.shape), " ", name_of(entry.dtype), " needs ",
       entry.bytes, " bytes but the file has only ", file.size(), "; it is damaged or hostile");
}

void check_stored(const File& file, const Layout& layout, const TensorEntry& entry) {
  file.require(layout.address, entry.bytes, "values");
  if (layout.size == 0 || layout.size >= entry.bytes) return;
  fail(ErrorCode::corrupt_file, "shape ", to_string(entry.shape), " ", name_of(entry.dtype), " needs ",
       entry.bytes, " bytes but ", layout.size, " are stored; the file is damaged");
}

}  // namespace

bool is_dataset(const std::vector<Message>& messages) {
  return std::any_of(messages.begin(), messages.end(),
                     [](const Message& m) { return m.type == MessageType::layout; });
}

std::string read_dataset(const File& file, const std::vector<Message>& messages,
                         const std::string& dtype_attribute, TensorEntry& out) {
  const Description d = describe(messages);
  check(d.space && d.type && d.layout, ErrorCode::corrupt_file,
        "the dataset lacks its shape, type or layout; the file is damaged");
  const Datatype type = read_datatype(body_of(file, *d.type, "datatype"));
  const Dataspace space = read_dataspace(body_of(file, *d.space, "dataspace"));
  if (d.external) return "its values lie in other files, which are not read";
  Layout layout = read_layout(body_of(file, *d.layout, "layout"));
  if (!layout.refused.empty()) return std::move(layout.refused);
  if (std::string why = element_of(type, dtype_attribute, out.dtype); !why.empty()) return why;
  if (space.kind == Dataspace::Kind::null) return "it has a type but no value";

  out.shape = space.shape;
  check(!__builtin_mul_overflow(space.elements(), type.size, &out.bytes), ErrorCode::corrupt_file,
        "the values take more bytes than 64 bits count; the file is damaged or hostile");
  Pipeline pipeline;
  if (d.filters) pipeline = read_pipeline(body_of(file, *d.filters, "filter pipeline"));
  const bool chunked = layout.kind == Layout::Kind::chunked;
  if (chunked)
    if (std::string why = refusal(pipeline); !why.empty()) return why;
  check_backed(file, chunked ? expansion(pipeline) : 1, out);

  const bool placed = !chunked && (layout.address != undefined_address || out.bytes == 0);
  if (placed && out.bytes > 0) check_stored(file, layout, out);
  if (placed && (!type.big_endian || type.size == 1 || out.bytes == 0)) {
    out.source = file.source();
    out.offset = out.bytes ? file.base() + layout.address : 0;
    return {};
  }
  StoredValues values{file, type.size, type.big_endian && type.size > 1, {}, layout.address, chunked};
  values.fill = fill_of(file, d, type.size);
  if (chunked) values.grid = grid_of(space, layout, type.size);
  values.index = layout.index;
  values.index.filtered = !pipeline.empty();
  values.pipeline = std::move(pipeline);
  values.whole_edges = layout.whole_edges;
  out.decode = [shared = std::make_shared<const StoredValues>(std::move(values)),
                bytes = out.bytes](std::span<std::byte> to) {
    check(to.size() == bytes, ErrorCode::invalid_argument, "room for ", to.size(), " bytes given, ", bytes,
          " needed");
    within(shared->file.source()->name(), [&] { read_stored_values(*shared, to); });
  };
  return {};
}

}  // namespace keratin::serialization::hdf5
