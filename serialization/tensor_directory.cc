#include "serialization/tensor_directory.h"

#include "runtime/core/error.h"

namespace keratin::serialization {

Tensor read_tensor(const std::string& path, const TensorEntry& entry) {
  return within(path, [&] {
    Tensor tensor(entry.dtype, entry.shape);
    check(tensor.bytes() == entry.bytes, ErrorCode::corrupt_file, "the file holds ", entry.bytes,
          " bytes, its shape needs ", tensor.bytes());
    const std::span<std::byte> out(static_cast<std::byte*>(tensor.raw()), tensor.bytes());
    if (entry.decode)
      entry.decode(out);
    else if (!out.empty())
      entry.source->read(entry.offset, out);
    if (entry.dtype == DType::boolean)  // a C++ bool is 0 or 1
      for (std::byte& value : out) value = std::byte{value != std::byte{0}};
    return tensor;
  });
}

}  // namespace keratin::serialization
