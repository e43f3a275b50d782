#include "keratin/tensor.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <new>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin {
inline namespace v1 {
namespace {

constexpr std::size_t alignment = 64;  // one cache line, the widest vector

constexpr std::size_t huge_page = std::size_t{2} << 20;

// Memory that fills huge pages gets them where the system gives them: fewer page faults and TLB misses.
std::shared_ptr<void> allocate(std::size_t bytes) {
  const std::align_val_t align{bytes < huge_page ? alignment : huge_page};
  void* data = ::operator new(bytes ? bytes : 1, align, std::nothrow);
  check(data != nullptr, ErrorCode::out_of_memory, "a tensor of ", bytes, " bytes can't be allocated");
#if defined(__linux__)
  if (bytes >= huge_page) ::madvise(data, bytes / huge_page * huge_page, MADV_HUGEPAGE);
#endif
  return {data, [align](void* p) { ::operator delete(p, align); }};
}

}  // namespace

Tensor::Tensor(DType dtype, Shape shape) : dtype_(dtype), shape_(std::move(shape)) {
  elements_ = static_cast<std::size_t>(element_count(shape_));
  check(dtype != DType::string, ErrorCode::unsupported, "string tensors are not supported yet");
  checked_mul(static_cast<std::int64_t>(elements_), static_cast<std::int64_t>(size_of(dtype)));
  std::shared_ptr<void> owner = allocate(bytes());
  data_ = owner.get();
  owner_ = std::move(owner);
}

Tensor::Tensor(DType dtype, Shape shape, std::shared_ptr<const void> owner, const void* data)
    : dtype_(dtype), writable_(false), shape_(std::move(shape)), owner_(std::move(owner)), data_(data) {
  elements_ = static_cast<std::size_t>(element_count(shape_));
}

Tensor Tensor::zeros(DType dtype, Shape shape) {
  Tensor t(dtype, std::move(shape));
  if (t.bytes()) std::memset(t.raw(), 0, t.bytes());
  return t;
}

void* Tensor::raw() {
  check(writable_, ErrorCode::invalid_argument, "this tensor borrows read-only bytes; clone() it to write");
  return const_cast<void*>(data_);
}

Tensor Tensor::clone() const {
  Tensor copy(dtype_, shape_);
  if (bytes()) std::memcpy(copy.raw(), data_, bytes());
  return copy;
}

Tensor Tensor::reshape(Shape shape) const {
  check(static_cast<std::size_t>(element_count(shape)) == elements_, ErrorCode::invalid_argument,
        "a tensor of shape ", to_string(shape_), " can't be reshaped to ", to_string(shape));
  Tensor view = *this;
  view.shape_ = std::move(shape);
  return view;
}

void Tensor::require(DType dtype) const {
  check(dtype == dtype_, ErrorCode::invalid_argument, "the tensor holds ", name_of(dtype_), ", not ",
        name_of(dtype));
}

void Tensor::require_elements(std::size_t count) const {
  check(count == elements_, ErrorCode::invalid_argument, count, " values given for shape ",
        to_string(shape_));
}

}  // namespace v1
}  // namespace keratin
