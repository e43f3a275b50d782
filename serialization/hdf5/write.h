// Hdf5Writer: the plain subset of HDF5 that every Keras reads: old groups, contiguous values, attributes.
// The same calls give the same bytes. Used by one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "keratin/tensor.h"
#include "serialization/bytes.h"

namespace keratin::serialization {

namespace hdf5 {
struct WriteNode;
}

class Hdf5Writer {
 public:
  enum class Charset { ascii, utf8 };  // h5py writes bytes as ascii and str as utf8
  // Writes all the values of a dataset, as little-endian row-major bytes.
  using Values = std::function<void(ByteSink&)>;

  // base_offset: where the file will start inside an outer file; values are aligned to 64 bytes there.
  explicit Hdf5Writer(std::uint64_t base_offset = 0);
  ~Hdf5Writer();
  Hdf5Writer(Hdf5Writer&&) noexcept;
  Hdf5Writer& operator=(Hdf5Writer&&) noexcept;

  // Paths are absolute, "/layers/dense/vars/0"; missing groups on the way are made.
  // All throw Error{invalid_argument} for a name that is taken, empty or too long.
  void group(const std::string& path);
  void dataset(const std::string& path, DType dtype, Shape shape, Values values);
  void dataset(const std::string& path, Tensor values);
  // Of a group or a dataset that is there already.
  void attribute(const std::string& path, const std::string& name, const std::string& text,
                 Charset charset = Charset::utf8);
  // A list of names as Keras stores it: fixed-width strings, split into name0, name1 … beyond 64,512
  // bytes; an empty list as float64[0].
  void attribute(const std::string& path, const std::string& name, const std::vector<std::string>& list);
  void attribute(const std::string& path, const std::string& name, std::int64_t number);
  void attribute(const std::string& path, const std::string& name, double number);
  void attribute(const std::string& path, const std::string& name, const char* text) {
    attribute(path, name, std::string(text));
  }
  void attribute(const std::string& path, const std::string& name, int number) {
    attribute(path, name, std::int64_t{number});
  }

  // Bytes of the file. Nothing can be added after size() or write().
  std::uint64_t size();
  // Streams the file out, values in the order of the dataset() calls; each Values is called once.
  void write(ByteSink& sink);

 private:
  hdf5::WriteNode& make(const std::string& path, bool is_dataset);
  void plan();
  void add_attribute(const std::string& path, const std::string& name, std::vector<std::byte> type,
                     const Shape* shape, std::vector<std::byte> data, const std::string* text);

  std::uint64_t base_offset_;
  std::unique_ptr<hdf5::WriteNode> root_;
  std::map<std::string, hdf5::WriteNode*> nodes_;
  std::vector<hdf5::WriteNode*> datasets_;  // in order
  bool planned_ = false;
  std::uint64_t metadata_size_ = 0, size_ = 0;
};

}  // namespace keratin::serialization
