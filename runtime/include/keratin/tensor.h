// Tensor: a dense row-major array on the host, with shared ownership of its bytes.
// Copying a Tensor shares the bytes; clone() copies them. Reading one from several threads is safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "keratin/dtype.h"
#include "keratin/error.h"
#include "keratin/export.h"

namespace keratin {
inline namespace v1 {

using Shape = std::vector<std::int64_t>;

// The DType of a C++ element type; only the types listed here have one.
template <class T>
struct DTypeOf;
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::boolean;
};
template <>
struct DTypeOf<std::int8_t> {
  static constexpr DType value = DType::int8;
};
template <>
struct DTypeOf<std::int16_t> {
  static constexpr DType value = DType::int16;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::int32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::int64;
};
template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType value = DType::uint8;
};
template <>
struct DTypeOf<std::uint16_t> {
  static constexpr DType value = DType::uint16;
};
template <>
struct DTypeOf<std::uint32_t> {
  static constexpr DType value = DType::uint32;
};
template <>
struct DTypeOf<std::uint64_t> {
  static constexpr DType value = DType::uint64;
};
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::float32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::float64;
};

class KERATIN_API Tensor {
 public:
  Tensor() = default;
  // Uninitialised elements. Throws Error{invalid_argument} for a negative dim, Error{out_of_memory}.
  Tensor(DType dtype, Shape shape);
  // Uses bytes that owner keeps alive; data is aligned to at least one element.
  Tensor(DType dtype, Shape shape, std::shared_ptr<const void> owner, const void* data);

  template <class T>
  static Tensor of(Shape shape, std::initializer_list<T> values) {
    Tensor t(DTypeOf<T>::value, std::move(shape));
    t.require_elements(values.size());
    T* out = t.data<T>();
    for (const T& v : values) *out++ = v;
    return t;
  }
  static Tensor zeros(DType dtype, Shape shape);

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::int64_t dim(std::size_t axis) const { return shape_.at(axis); }
  std::size_t rank() const { return shape_.size(); }
  std::size_t elements() const { return elements_; }
  std::size_t bytes() const { return elements_ * size_of(dtype_); }

  // Element access; throws Error{invalid_argument} when T is not the tensor's dtype.
  template <class T>
  const T* data() const {
    require(DTypeOf<T>::value);
    return static_cast<const T*>(raw());
  }
  template <class T>
  T* data() {
    require(DTypeOf<T>::value);
    return static_cast<T*>(raw());
  }
  template <class T>
  std::span<const T> values() const {
    return {data<T>(), elements_};
  }
  const void* raw() const { return data_; }
  void* raw();  // throws Error{invalid_argument} when the bytes are borrowed read-only

  Tensor clone() const;
  Tensor reshape(Shape shape) const;  // shares the bytes

 private:
  void require(DType dtype) const;
  void require_elements(std::size_t count) const;

  DType dtype_ = DType::float32;
  bool writable_ = true;
  Shape shape_ = {0};
  std::size_t elements_ = 0;
  std::shared_ptr<const void> owner_;
  const void* data_ = nullptr;
};

}  // namespace v1
}  // namespace keratin
