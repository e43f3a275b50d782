#include "runtime/variables/variable.h"

#include "runtime/core/cast.h"
#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin {

const Tensor& Variable::value() const {
  std::lock_guard lock(mutex_);
  if (!value_ && entry_) {
    Tensor raw = serialization::read_tensor(where_, *entry_);
    value_ = cast_tensor(raw, dtype_).reshape(shape_);
    entry_.reset();
  }
  check(value_.has_value(), ErrorCode::invalid_argument, "variable ", path,
        " has no value yet: load weights or initialise it");
  return *value_;
}

namespace {

// Keras' zip files put values at any offset. These machines read unaligned numbers at no cost; kernels that
// read weights do so by vector loads without alignment. Small tensors aren't worth it: they are copied.
#if defined(__x86_64__) || defined(__aarch64__)
constexpr bool reads_unaligned = true;
#else
constexpr bool reads_unaligned = false;
#endif
constexpr std::size_t least_unaligned = 16 << 10;

bool usable(const std::byte* data, std::size_t bytes, std::size_t element) {
  if (reinterpret_cast<std::uintptr_t>(data) % element == 0) return true;
  return reads_unaligned && bytes >= least_unaligned;
}

}  // namespace

Tensor Variable::lend(bool& borrowed) const {
  borrowed = false;
  {
    std::lock_guard lock(mutex_);
    if (!value_ && entry_ && !entry_->decode && entry_->dtype == dtype_ && dtype_ != DType::boolean) {
      const std::size_t bytes = static_cast<std::size_t>(element_count(shape_)) * size_of(dtype_);
      auto bytes_lent = bytes == entry_->bytes ? entry_->source->lend(entry_->offset, bytes) : nullptr;
      if (bytes_lent && usable(bytes_lent.get(), bytes, size_of(dtype_))) {
        borrowed = true;
        return Tensor(dtype_, shape_, bytes_lent, bytes_lent.get());
      }
    }
  }
  return value();
}

std::function<void()> Variable::forgetter() const {
  std::lock_guard lock(mutex_);
  if (!entry_ || !entry_->source) return nullptr;  // computed from others, or there already
  return [source = entry_->source, offset = entry_->offset, bytes = entry_->bytes] {
    source->forget(offset, bytes);
    source->return_loan();
  };
}

Tensor Variable::settled(std::uint64_t version, const Tensor& lent) const {
  return this->version() == version ? value() : lent.clone();
}

void Variable::assign(Tensor value) {
  check(value.dtype() == dtype_ && value.shape() == shape_, ErrorCode::invalid_argument, "variable ", path,
        " is ", name_of(dtype_), " ", to_string(shape_), "; it can't be assigned ", name_of(value.dtype()),
        " ", to_string(value.shape()));
  std::lock_guard lock(mutex_);
  value_ = std::move(value);
  own_.reset();
  entry_.reset();
  version_.fetch_add(1, std::memory_order_acq_rel);
}

void* Variable::overwrite() {
  if (!value_) value();
  std::lock_guard lock(mutex_);
  version_.fetch_add(1, std::memory_order_acq_rel);
  // Two owners are this variable's: own_ and value_. Readers that let go of theirs have read by then.
  if (own_ && own_.use_count() == 2) {
    std::atomic_thread_fence(std::memory_order_acquire);
    return own_.get();
  }
  auto copy = std::make_shared<Tensor>(value_->clone());
  own_ = std::shared_ptr<void>(copy, copy->raw());
  value_ = Tensor(dtype_, shape_, own_, own_.get());
  return own_.get();
}

void Variable::assign_from(std::string where, serialization::TensorEntry entry) {
  check(entry.shape == shape_, ErrorCode::data_mismatch, where, ": shape ", to_string(entry.shape),
        ", the model wants ", to_string(shape_));
  std::lock_guard lock(mutex_);
  value_.reset();
  own_.reset();
  entry_ = std::move(entry);
  where_ = std::move(where);
  version_.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace keratin
