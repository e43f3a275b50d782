// libhdf5 as the oracle: every dataset and attribute of a file, against what read_hdf5 says.
#pragma once

#include <hdf5.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "serialization/hdf5/hdf5.h"

namespace keratin::serialization::oracle {

// An identifier of libhdf5 that closes itself.
class Id {
 public:
  Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) { EXPECT_GE(id, 0); }
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  ~Id() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// The bytes of a source, without a view of them: the path that reads take on files without a mapping.
class ReadOnlySource : public ByteSource {
 public:
  explicit ReadOnlySource(SourcePtr inner) : inner_(std::move(inner)) {}
  const std::string& name() const override { return inner_->name(); }
  std::uint64_t size() const override { return inner_->size(); }
  void read(std::uint64_t offset, std::span<std::byte> out) const override { inner_->read(offset, out); }

 private:
  SourcePtr inner_;
};

inline std::vector<std::byte> values_of(const TensorEntry& entry) {
  std::vector<std::byte> out(entry.bytes);
  if (entry.decode)
    entry.decode(out);
  else if (!out.empty())
    entry.source->read(entry.offset, out);
  return out;
}

// The type that libhdf5 converts to for a comparison, or -1 for what is not read.
inline hid_t memory_type(hid_t type, std::string& dtype) {
  const std::size_t size = H5Tget_size(type);
  const H5T_class_t kind = H5Tget_class(type);
  if (kind == H5T_ENUM && size == 1) {
    const char value = 1;
    char name[64] = {};
    if (H5Tenum_nameof(type, &value, name, sizeof name) >= 0 && std::string(name) == "TRUE") {
      dtype = "bool";
      return H5Tcopy(type);
    }
    return -1;
  }
  if (kind == H5T_INTEGER) {
    const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
    dtype = (is_signed ? "int" : "uint") + std::to_string(8 * size);
    const hid_t types[2][4] = {{H5T_STD_U8LE, H5T_STD_U16LE, H5T_STD_U32LE, H5T_STD_U64LE},
                               {H5T_STD_I8LE, H5T_STD_I16LE, H5T_STD_I32LE, H5T_STD_I64LE}};
    const int row = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
    return H5Tcopy(types[is_signed][row]);
  }
  if (kind == H5T_FLOAT && (size == 4 || size == 8)) {
    dtype = size == 4 ? "float32" : "float64";
    return H5Tcopy(size == 4 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE);
  }
  if (kind == H5T_FLOAT && size == 2) {
    dtype = H5Tget_ebias(type) == 15 ? "float16" : "bfloat16";
    const hid_t copy = H5Tcopy(type);
    H5Tset_order(copy, H5T_ORDER_LE);
    return copy;
  }
  if (kind == H5T_OPAQUE && size == 2) {  // bfloat16, as Keras stores it
    dtype = "bfloat16";
    return H5Tcopy(type);
  }
  return -1;
}

struct Comparison {
  const TensorDirectory& directory;
  std::set<std::string> seen;
  std::size_t groups = 0;
};

inline void compare_dataset(hid_t dataset, const std::string& path, Comparison& c) {
  SCOPED_TRACE(path);
  c.seen.insert(path);
  const Id type(H5Dget_type(dataset), H5Tclose), space(H5Dget_space(dataset), H5Sclose);
  std::string dtype;
  const hid_t memory = memory_type(type, dtype);
  if (memory < 0 || c.directory.refused.count(path)) {
    EXPECT_EQ(c.directory.refused.count(path), 1u);
    EXPECT_EQ(c.directory.tensors.count(path), 0u);
    if (memory >= 0) H5Tclose(memory);
    return;
  }
  const Id to(memory, H5Tclose);
  const auto at = c.directory.tensors.find(path);
  ASSERT_NE(at, c.directory.tensors.end());
  const TensorEntry& entry = at->second;
  EXPECT_EQ(name_of(entry.dtype), dtype);
  std::vector<hsize_t> dims(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, dims.data(), nullptr);
  EXPECT_EQ(entry.shape, Shape(dims.begin(), dims.end()));
  std::vector<std::byte> expected(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)) *
                                  H5Tget_size(to));
  ASSERT_EQ(entry.bytes, expected.size());
  if (expected.empty()) return;
  ASSERT_GE(H5Dread(dataset, to, H5S_ALL, H5S_ALL, H5P_DEFAULT, expected.data()), 0);
  EXPECT_TRUE(values_of(entry) == expected) << "the values differ";
}

inline std::vector<std::string> strings_of(hid_t attribute, hid_t type, std::size_t count) {
  std::vector<std::string> out;
  if (H5Tis_variable_str(type) > 0) {
    std::vector<char*> raw(count);
    const Id space(H5Aget_space(attribute), H5Sclose);
    if (H5Aread(attribute, type, raw.data()) < 0) return out;
    for (const char* s : raw) out.push_back(s ? s : "");
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw.data());
    return out;
  }
  const std::size_t size = H5Tget_size(type);
  std::vector<char> raw(count * size + 1);
  if (H5Aread(attribute, type, raw.data()) < 0) return out;
  for (std::size_t i = 0; i < count; ++i) out.emplace_back(&raw[i * size], strnlen(&raw[i * size], size));
  return out;
}

inline void compare_attribute(hid_t attribute, const std::string& path, const std::string& name,
                              Comparison& c) {
  SCOPED_TRACE(path + "@" + name);
  const Id type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  const bool scalar = H5Sget_simple_extent_type(space) == H5S_SCALAR;
  const H5T_class_t kind = H5Tget_class(type);
  auto in = [&](const auto& map) { return map.count(path) && map.at(path).count(name); };
  if (c.directory.refused.count(path + "@" + name)) return;
  if (kind == H5T_STRING && scalar) {
    ASSERT_TRUE(in(c.directory.text));
    EXPECT_EQ(c.directory.text.at(path).at(name), strings_of(attribute, type, 1).at(0));
  } else if (kind == H5T_STRING || count == 0) {
    // Chunks of one list were joined: they are compared where they are written.
    if (!in(c.directory.names) && std::isdigit(name.back())) return;
    ASSERT_TRUE(in(c.directory.names));
    EXPECT_EQ(c.directory.names.at(path).at(name),
              count ? strings_of(attribute, type, count) : std::vector<std::string>());
  } else if (kind == H5T_INTEGER || kind == H5T_FLOAT) {
    double value = 0;
    ASSERT_GE(H5Aread(attribute, H5T_NATIVE_DOUBLE, &value), 0);
    ASSERT_TRUE(in(c.directory.numbers));
    EXPECT_EQ(c.directory.numbers.at(path).at(name), value);
  }
}

inline void compare_attributes(hid_t object, const std::string& path, Comparison& c) {
  const int count = H5Aget_num_attrs(object);
  for (int i = 0; i < count; ++i) {
    const Id attribute(H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT),
                       H5Aclose);
    std::string name(static_cast<std::size_t>(H5Aget_name(attribute, 0, nullptr)), '\0');
    H5Aget_name(attribute, name.size() + 1, name.data());
    compare_attribute(attribute, path, name, c);
  }
}

inline void compare(const std::string& file_path, const TensorDirectory& directory) {
  const Id file(H5Fopen(file_path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  ASSERT_GE(file, 0);
  Comparison c{directory, {}};
  auto visit = [](hid_t root, const char* name, const H5O_info_t* info, void* data) -> herr_t {
    auto& comparison = *static_cast<Comparison*>(data);
    const std::string path = std::string(name) == "." ? "/" : "/" + std::string(name);
    const Id object(H5Oopen(root, name, H5P_DEFAULT), H5Oclose);
    if (info->type == H5O_TYPE_DATASET) compare_dataset(object, path, comparison);
    if (info->type != H5O_TYPE_GROUP) return 0;
    ++comparison.groups;
    EXPECT_TRUE(comparison.directory.has_group(path)) << path;
    compare_attributes(object, path, comparison);
    return 0;
  };
  ASSERT_GE(H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, visit, &c), 0);
  EXPECT_EQ(directory.text.size(), c.groups);
  for (const auto& [path, entry] : directory.tensors)
    EXPECT_TRUE(c.seen.count(path)) << path << " is not in the file";
}

// Both ways to read: in place, and through the page cache.
inline TensorDirectory compare(const std::string& file_path) {
  const SourcePtr source = open_file(file_path);
  {
    SCOPED_TRACE("without a view");
    compare(file_path, read_hdf5(std::make_shared<ReadOnlySource>(source)));
  }
  TensorDirectory directory = read_hdf5(source);
  compare(file_path, directory);
  source->return_loan();
  return directory;
}

}  // namespace keratin::serialization::oracle
