#include "serialization/hdf5/write.h"

#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "serialization/hdf5/write_groups.h"
#include "serialization/hdf5/write_messages.h"
#include "serialization/hdf5/write_text.h"
#include "serialization/little_endian.h"

namespace keratin::serialization {
namespace {

using namespace hdf5;

constexpr std::uint64_t superblock_size = 96;
constexpr std::uint64_t alignment = 64;
constexpr std::size_t chunk_limit = 64512;  // of a list of names, as in Keras
constexpr std::size_t longest_name = 4096;

template <class Visit>
void for_each_node(WriteNode& node, Visit&& visit) {
  visit(node);
  for (WriteNode* child : node.order) for_each_node(*child, visit);
}

void check_name(const std::string& path, std::string_view name) {
  check(!name.empty() && name != "." && name != ".." && name.size() <= longest_name &&
            name.find('\0') == std::string_view::npos,
        ErrorCode::invalid_argument, "\"", path, "\": every part of a path needs a name of 1 to ",
        longest_name, " bytes");
}

Image superblock(const WriteNode& root, std::uint64_t size) {
  Image out;
  constexpr std::uint8_t head[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n', 0, 0, 0, 0, 0, 8, 8, 0};
  for (const std::uint8_t byte : head) append_le<std::uint8_t>(out, byte);
  append_le<std::uint16_t>(out, 4);   // half the entries of a symbol node
  append_le<std::uint16_t>(out, 16);  // half the children of a tree node
  append_le<std::uint32_t>(out, 0);
  append_le<std::uint64_t>(out, 0);                  // base address
  append_le<std::uint64_t>(out, ~std::uint64_t{0});  // no free space
  append_le<std::uint64_t>(out, size);
  append_le<std::uint64_t>(out, ~std::uint64_t{0});  // no driver
  append_symbol(out, 0, root);
  return out;
}

// numpy.array_split into the fewest chunks that fit: the first ones take one more.
std::vector<std::size_t> chunk_sizes(std::size_t count, std::size_t width) {
  std::size_t chunks = 1;
  while ((count + chunks - 1) / chunks * width > chunk_limit) ++chunks;
  std::vector<std::size_t> out(chunks, count / chunks);
  for (std::size_t i = 0; i < count % chunks; ++i) ++out[i];
  return out;
}

template <class T>
Image bytes_of(T value) {
  Image out;
  append_le<T>(out, value);
  return out;
}

}  // namespace

Hdf5Writer::Hdf5Writer(std::uint64_t base_offset)
    : base_offset_(base_offset), root_(std::make_unique<WriteNode>()) {
  nodes_["/"] = root_.get();
}
Hdf5Writer::~Hdf5Writer() = default;
Hdf5Writer::Hdf5Writer(Hdf5Writer&&) noexcept = default;
Hdf5Writer& Hdf5Writer::operator=(Hdf5Writer&&) noexcept = default;

hdf5::WriteNode& Hdf5Writer::make(const std::string& path, bool is_dataset) {
  assume(!planned_, "an HDF5 file was added to after its size was asked");
  if (path == "/" && !is_dataset) return *root_;
  check(path.size() > 1 && path[0] == '/', ErrorCode::invalid_argument, "\"", path,
        "\" is not an absolute path");
  if (const auto at = nodes_.find(path); at != nodes_.end()) {
    check(!is_dataset && !at->second->is_dataset, ErrorCode::invalid_argument, "\"", path,
          "\" is there already");
    return *at->second;
  }
  const std::size_t slash = path.rfind('/');
  WriteNode& parent = make(slash == 0 ? "/" : path.substr(0, slash), false);
  auto node = std::make_unique<WriteNode>();
  node->name = path.substr(slash + 1);
  node->is_dataset = is_dataset;
  check_name(path, node->name);
  WriteNode* raw = node.get();
  parent.order.push_back(raw);
  parent.children[raw->name] = std::move(node);
  nodes_[path] = raw;
  return *raw;
}

void Hdf5Writer::group(const std::string& path) { make(path, false); }

void Hdf5Writer::dataset(const std::string& path, DType dtype, Shape shape, Values values) {
  check(shape.size() <= 32, ErrorCode::invalid_argument, "\"", path, "\": HDF5 stores at most 32 dims, not ",
        shape.size());
  const std::int64_t bytes = checked_mul(element_count(shape), static_cast<std::int64_t>(size_of(dtype)));
  Image type = number_type(dtype);
  WriteNode& node = make(path, true);
  node.type = std::move(type);
  node.space = dataspace(shape);
  node.bytes = static_cast<std::uint64_t>(bytes);
  node.values = std::move(values);
  datasets_.push_back(&node);
  if (dtype == DType::bfloat16) attribute(path, "dtype", "bfloat16");
}

void Hdf5Writer::dataset(const std::string& path, Tensor values) {
  const DType dtype = values.dtype();
  Shape shape = values.shape();
  dataset(path, dtype, std::move(shape), [t = std::move(values)](ByteSink& sink) {
    if (t.bytes()) sink.write({static_cast<const std::byte*>(t.raw()), t.bytes()});
  });
}

void Hdf5Writer::add_attribute(const std::string& path, const std::string& name, std::vector<std::byte> type,
                               const Shape* shape, std::vector<std::byte> data, const std::string* text) {
  assume(!planned_, "an HDF5 file was added to after its size was asked");
  const auto at = nodes_.find(path);
  check(at != nodes_.end(), ErrorCode::invalid_argument, "\"", path, "\" is not there to take attribute \"",
        name, "\"");
  check_name(name, name);
  for (const WriteAttribute& a : at->second->attributes)
    check(a.name != name, ErrorCode::invalid_argument, "\"", path, "\" has an attribute \"", name,
          "\" already");
  WriteAttribute attribute{name, std::move(type), dataspace(shape ? *shape : Shape{}), std::move(data)};
  attribute.is_text = text != nullptr;
  if (text) attribute.text = *text;
  at->second->attributes.push_back(std::move(attribute));
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name, const std::string& text,
                           Charset charset) {
  add_attribute(path, name, text_type(charset == Charset::utf8), nullptr, {}, &text);
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name,
                           const std::vector<std::string>& list) {
  if (list.empty()) {
    const Shape none = {0};
    return add_attribute(path, name, number_type(DType::float64), &none, {}, nullptr);
  }
  std::size_t width = 1;
  for (const std::string& entry : list) width = std::max(width, entry.size());
  check(width <= chunk_limit, ErrorCode::invalid_argument, "\"", path, "\" attribute \"", name,
        "\": a name of ", width, " bytes; Keras stores at most ", chunk_limit);
  const std::vector<std::size_t> sizes = chunk_sizes(list.size(), width);
  std::size_t next = 0;
  for (std::size_t chunk = 0; chunk < sizes.size(); ++chunk) {
    Image data(sizes[chunk] * width);
    for (std::size_t i = 0; i < sizes[chunk]; ++i, ++next)
      std::ranges::copy(std::as_bytes(std::span(list[next])),
                        data.begin() + static_cast<std::ptrdiff_t>(i * width));
    const Shape shape = {static_cast<std::int64_t>(sizes[chunk])};
    add_attribute(path, sizes.size() == 1 ? name : cat(name, chunk), fixed_string_type(width), &shape,
                  std::move(data), nullptr);
  }
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name, std::int64_t number) {
  add_attribute(path, name, number_type(DType::int64), nullptr, bytes_of(number), nullptr);
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name, double number) {
  add_attribute(path, name, number_type(DType::float64), nullptr, bytes_of(number), nullptr);
}

// Superblock, text, objects with their groups, then the values: everything has its place before a byte is
// written.
void Hdf5Writer::plan() {
  if (planned_) return;
  TextHeap text(superblock_size);
  for_each_node(*root_, [&](WriteNode& node) {
    for (WriteAttribute& a : node.attributes) text.place(a);
  });
  std::uint64_t at = text.finish();
  for_each_node(*root_, [&](WriteNode& node) {
    node.header = at;
    at += header_size(node);
    if (!node.is_dataset) at = place_group(node, at);
  });
  metadata_size_ = at;
  for (WriteNode* node : datasets_) {
    if (node->bytes == 0) continue;
    at = (base_offset_ + at + alignment - 1) / alignment * alignment - base_offset_;
    node->values_at = at;
    at += node->bytes;
  }
  size_ = at;
  planned_ = true;
}

std::uint64_t Hdf5Writer::size() {
  plan();
  return size_;
}

void Hdf5Writer::write(ByteSink& sink) {
  plan();
  TextHeap text(superblock_size);
  for_each_node(*root_, [&](WriteNode& node) {
    for (WriteAttribute& a : node.attributes) text.place(a);
  });
  text.finish();
  Image metadata = superblock(*root_, size_);
  text.append(metadata);
  for_each_node(*root_, [&](WriteNode& node) {
    assume(metadata.size() == node.header, "an HDF5 object is not where it was planned");
    append_header(metadata, node);
    if (!node.is_dataset) append_group(metadata, node);
  });
  assume(metadata.size() == metadata_size_, "HDF5 metadata are longer than planned");
  const std::uint64_t start = sink.position();
  sink.write(metadata);
  const std::byte zeros[alignment] = {};
  for (WriteNode* node : datasets_) {
    if (node->bytes == 0) continue;
    sink.write(std::span(zeros).first(node->values_at - (sink.position() - start)));
    node->values(sink);
    assume(sink.position() - start == node->values_at + node->bytes,
           "a dataset's values are longer or shorter than its shape");
  }
}

}  // namespace keratin::serialization
