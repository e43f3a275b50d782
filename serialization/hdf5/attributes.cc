#include "serialization/hdf5/attributes.h"

#include <cstring>

#include "runtime/core/half.h"
#include "serialization/hdf5/datatype.h"
#include "serialization/hdf5/fractal_heap.h"
#include "serialization/hdf5/shared_table.h"
#include "serialization/hdf5/tree2.h"

namespace keratin::serialization::hdf5 {
namespace {

constexpr const char* what = "attribute";

struct Attribute {
  std::string name;
  Datatype type;
  Dataspace space;
  Block data;
};

// Version 1 pads name, datatype and dataspace to eight bytes; 2 and 3 may share the latter two.
Attribute read_attribute(const File& file, const Block& body) {
  Cursor in = file.cursor(body, what);
  const std::uint8_t version = in.u8(), flags = in.u8();
  if (version < 1 || version > 3) in.unsupported(cat("version ", int{version}, " is unknown"));
  const std::uint16_t name_size = in.u16(), type_size = in.u16(), space_size = in.u16();
  if (version == 3) in.skip(1);  // character set
  auto part = [&](std::uint64_t size) {
    Block block = in.block(size);
    if (version == 1) in.pad8(size);
    return block;
  };
  Attribute out;
  const Block name = part(name_size), type = part(type_size), space = part(space_size);
  const auto* first = reinterpret_cast<const char*>(name.bytes.data());
  out.name.assign(first, strnlen(first, name.bytes.size()));
  const bool may_share = version > 1;
  out.type = read_datatype(
      file.cursor(resolve_shared(file, MessageType::datatype, may_share && (flags & 0x01), type),
                  "datatype of an attribute"));
  out.space = read_dataspace(
      file.cursor(resolve_shared(file, MessageType::dataspace, may_share && (flags & 0x02), space),
                  "dataspace of an attribute"));
  out.data = in.rest();
  file.spend(2 * out.name.size() + 64);
  return out;
}

std::string fixed_string(Cursor& in, const Datatype& type) {
  std::string_view text = in.text(type.size);
  if (type.padding == ' ') {
    const std::size_t last = text.find_last_not_of(' ');
    text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
  } else {
    text = text.substr(0, text.find('\0'));
  }
  return std::string(text);
}

std::string vlen_string(const File& file, GlobalHeap& heap, Cursor& in) {
  const std::uint32_t size = in.u32();
  const std::uint64_t collection = in.address();
  const std::uint32_t index = in.u32();
  if (size == 0 || collection == 0 || collection == undefined_address) return {};
  const Block object = heap.object(collection, index);
  if (size > object.bytes.size()) in.damaged("a string is longer than its object in the heap");
  file.spend(size);
  Cursor text = file.cursor(object, "string in the global heap");
  const std::string_view all = text.text(size);
  return std::string(all.substr(0, all.find('\0')));
}

double number_of(Bytes raw, const Datatype& type) {
  std::byte value[8] = {};
  for (std::size_t i = 0; i < type.size; ++i) value[i] = raw[type.big_endian ? type.size - 1 - i : i];
  return visit_dtype(type.dtype, [&]<class T>() -> double {
    if constexpr (std::is_same_v<T, bool>) {
      return value[0] != std::byte{0};
    } else {
      T out;
      std::memcpy(&out, value, sizeof(T));
      return static_cast<double>(static_cast<compute_t<T>>(out));
    }
  });
}

bool is_string(const Datatype& type) {
  return type.kind == Datatype::Kind::fixed_string || type.kind == Datatype::Kind::vlen_string;
}

void store(const File& file, GlobalHeap& heap, const Attribute& a, Attributes& out) {
  using Kind = Dataspace::Kind;
  Cursor in = file.cursor(a.data, what);
  const std::uint64_t count = a.space.elements();
  auto next = [&] {
    return a.type.kind == Datatype::Kind::fixed_string ? fixed_string(in, a.type)
                                                       : vlen_string(file, heap, in);
  };
  if (a.space.kind == Kind::null) {
    out.refused[a.name] = "the attribute is empty (it has a type but no value)";
  } else if (count == 0 && a.space.shape.size() == 1) {
    out.names[a.name];  // h5py stores an empty list of names as float64[0]
  } else if (is_string(a.type) && a.space.kind == Kind::scalar) {
    out.text[a.name] = next();
  } else if (is_string(a.type) && a.space.shape.size() == 1) {
    if (count > in.remaining() / a.type.size) in.damaged("there are more strings than bytes");
    file.spend(count * sizeof(std::string));
    std::vector<std::string>& list = out.names[a.name];
    list.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) list.push_back(next());
  } else if (a.type.kind == Datatype::Kind::number && count == 1) {
    out.numbers[a.name] = number_of(in.take(a.type.size), a.type);
  } else {
    out.refused[a.name] = cat("the attribute holds ", count, " elements of type ", a.type.name);
  }
}

template <class Visit>
void for_each_dense(const File& file, Cursor in, Visit&& visit) {
  if (in.u8() != 0) in.unsupported("the version is unknown");
  if (in.u8() & 0x01) in.skip(2);  // highest creation index
  const std::uint64_t heap_address = in.address(), tree = in.address();
  if (heap_address == undefined_address || tree == undefined_address) return;
  const FractalHeap own(file, heap_address);
  for_each_record(file, tree, "index of attributes", [&](std::uint8_t type, Cursor record) {
    if (type != 8) record.damaged("the tree is not one of attribute names");
    const Bytes id = record.take(8);
    const bool shared = record.u8() & 0x02;
    visit(shared ? FractalHeap(file, shared_heap(file, MessageType::attribute)).object(id) : own.object(id));
  });
}

// Lists too long for one object header are stored as name0, name1 …
void join_chunks(Attributes& out) {
  std::vector<std::string> bases;
  for (const auto& [name, list] : out.names) {
    if (name.size() < 2 || name.back() != '0') continue;
    const std::string base = name.substr(0, name.size() - 1);
    if (out.names.count(base + "1") && !out.names.count(base)) bases.push_back(base);
  }
  for (const std::string& base : bases) {
    std::vector<std::string> joined;
    for (std::size_t i = 0;; ++i) {
      const auto chunk = out.names.find(cat(base, i));
      if (chunk == out.names.end()) break;
      std::move(chunk->second.begin(), chunk->second.end(), std::back_inserter(joined));
      out.names.erase(chunk);
    }
    out.names[base] = std::move(joined);
  }
}

}  // namespace

Attributes read_attributes(const File& file, GlobalHeap& heap, const std::vector<Message>& messages) {
  Attributes out;
  auto take = [&](const Block& body) {
    const Attribute attribute = read_attribute(file, body);
    try {
      store(file, heap, attribute, out);
    } catch (const Error& e) {
      fail(e.code(), "attribute \"", attribute.name, "\": ", e.what());
    }
  };
  for (const Message& m : messages) {
    if (m.type == MessageType::attribute) take(resolve_shared(file, m));
    if (m.type == MessageType::attribute_info)
      for_each_dense(file, file.cursor(m.body, "attribute info message"), take);
  }
  join_chunks(out);
  return out;
}

}  // namespace keratin::serialization::hdf5
