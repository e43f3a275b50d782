// Files that libhdf5 writes at test time: every layout, index, filter and kind of group.
#pragma once

#include "runtime/core/error.h"
#include "tests/hdf5/oracle.h"

namespace keratin::serialization::oracle {

struct Weather {
  const char* name;
  H5F_libver_t low;
  hsize_t user_block;
};
inline constexpr Weather weathers[] = {{"earliest", H5F_LIBVER_EARLIEST, 0},
                                       {"v18", H5F_LIBVER_V18, 0},
                                       {"latest", H5F_LIBVER_LATEST, 0},
                                       {"user_block", H5F_LIBVER_EARLIEST, 2048},
                                       {"latest_user_block", H5F_LIBVER_LATEST, 512}};

// A file of its own in the folder for temporary files, gone at the end.
class Sample {
 public:
  Sample(const Weather& weather, const std::function<void(hid_t)>& write,
         const std::function<void(hid_t)>& configure = {}) {
    static int count = 0;
    path_ = cat(testing::TempDir(), "keratin_hdf5_", getpid(), "_", count++, ".h5");
    const Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose), creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    H5Pset_libver_bounds(access, weather.low, H5F_LIBVER_LATEST);
    H5Pset_userblock(creation, weather.user_block);
    if (configure) configure(creation);
    const Id file(H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, creation, access), H5Fclose);
    write(file);
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;
  ~Sample() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline Id new_group(hid_t where, const std::string& name) {
  return Id(H5Gcreate2(where, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
}

inline Id new_space(const std::vector<hsize_t>& dims, const std::vector<hsize_t>& limits = {}) {
  if (dims.empty()) return Id(H5Screate(H5S_SCALAR), H5Sclose);
  return Id(
      H5Screate_simple(static_cast<int>(dims.size()), dims.data(), limits.empty() ? nullptr : limits.data()),
      H5Sclose);
}

// Bytes that differ from element to element and are finite as any type.
inline std::vector<std::uint8_t> pattern(std::size_t bytes) {
  std::vector<std::uint8_t> out(bytes);
  std::uint32_t state = 12345;
  for (std::uint8_t& b : out) {
    state = state * 1664525u + 1013904223u;
    b = static_cast<std::uint8_t>(state >> 24 & 0x3b);
  }
  return out;
}

// A dataset of a file type, with values written as they lie in the file.
inline void put(hid_t where, const std::string& name, hid_t type, const std::vector<hsize_t>& dims,
                hid_t creation = H5P_DEFAULT, const std::vector<hsize_t>& limits = {}) {
  const Id space = new_space(dims, limits);
  const Id dataset(H5Dcreate2(where, name.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT),
                   H5Dclose);
  const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  std::vector<std::uint8_t> values = pattern(count * H5Tget_size(type));
  if (H5Tget_class(type) == H5T_ENUM)
    for (std::uint8_t& v : values) v &= 1;
  if (count == 0) return;
  EXPECT_GE(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
}

inline Id half_type(std::size_t exponent_bits, std::size_t bias, hid_t base = H5T_IEEE_F32LE) {
  const hid_t type = H5Tcopy(base);
  const std::size_t mantissa = 15 - exponent_bits;
  H5Tset_fields(type, 15, mantissa, exponent_bits, 0, mantissa);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, bias);
  return Id(type, H5Tclose);
}

inline Id bool_type() {
  const hid_t type = H5Tenum_create(H5T_STD_I8LE);
  const std::int8_t no = 0, yes = 1;
  H5Tenum_insert(type, "FALSE", &no);
  H5Tenum_insert(type, "TRUE", &yes);
  return Id(type, H5Tclose);
}

inline Id string_type(std::size_t size, H5T_cset_t set = H5T_CSET_ASCII, H5T_str_t pad = H5T_STR_NULLPAD) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, size);
  H5Tset_cset(type, set);
  if (size != H5T_VARIABLE) H5Tset_strpad(type, pad);
  return Id(type, H5Tclose);
}

inline void put_attribute(hid_t where, const std::string& name, hid_t type, hid_t space, const void* value) {
  const Id attribute(H5Acreate2(where, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!value) return;
  EXPECT_GE(H5Awrite(attribute, type, value), 0);
}

inline void put_text(hid_t where, const std::string& name, const std::string& value) {
  const char* raw = value.c_str();
  put_attribute(where, name, string_type(H5T_VARIABLE, H5T_CSET_UTF8), new_space({}), &raw);
}

// A list as Keras chunks it: fixed strings in one array.
inline void put_fixed_names(hid_t where, const std::string& name, const std::vector<std::string>& list,
                            std::size_t width) {
  std::string raw;
  for (const std::string& s : list) raw += s + std::string(width - s.size(), '\0');
  put_attribute(where, name, string_type(width), new_space({list.size()}), raw.data());
}

inline void put_names(hid_t where, const std::string& name, const std::vector<std::string>& list) {
  std::vector<const char*> raw;
  for (const std::string& s : list) raw.push_back(s.c_str());
  put_attribute(where, name, string_type(H5T_VARIABLE), new_space({list.size()}), raw.data());
}

}  // namespace keratin::serialization::oracle
