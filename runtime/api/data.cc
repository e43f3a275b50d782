#include "keratin/data.h"

#include "runtime/core/cast.h"
#include "runtime/core/error.h"
#include "serialization/npy.h"
#include "serialization/zip/zip.h"

namespace keratin {
inline namespace v1 {

Tensor read_npy(const std::string& path) { return serialization::read_npy(*serialization::open_file(path)); }

NamedTensors read_npz(const std::string& path) {
  return serialization::read_npz(serialization::open_file(path));
}

NamedTensors read_data(const std::string& path) {
  const serialization::SourcePtr file = serialization::open_file(path);
  if (serialization::is_npy(*file)) return {{"x", serialization::read_npy(*file)}};
  check(serialization::is_zip(*file), ErrorCode::corrupt_file, path,
        ": neither a .npy nor a .npz file; save the data with numpy.save or numpy.savez");
  return serialization::read_npz(file);
}

void write_npy(const std::string& path, const Tensor& tensor) {
  serialization::FileSink sink(path);
  serialization::write_npy(tensor, sink);
  sink.commit();
}

void write_npz(const std::string& path, const NamedTensors& tensors) {
  serialization::FileSink sink(path);
  serialization::write_npz(tensors, sink);
  sink.commit();
}

Tensor cast(const Tensor& tensor, DType dtype) { return cast_tensor(tensor, dtype); }

}  // namespace v1
}  // namespace keratin
