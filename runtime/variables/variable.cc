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

void Variable::assign(Tensor value) {
  check(value.dtype() == dtype_ && value.shape() == shape_, ErrorCode::invalid_argument, "variable ", path,
        " is ", name_of(dtype_), " ", to_string(shape_), "; it can't be assigned ", name_of(value.dtype()),
        " ", to_string(value.shape()));
  std::lock_guard lock(mutex_);
  value_ = std::move(value);
  entry_.reset();
  version_.fetch_add(1, std::memory_order_acq_rel);
}

void Variable::assign_from(std::string where, serialization::TensorEntry entry) {
  check(entry.shape == shape_, ErrorCode::data_mismatch, where, ": shape ", to_string(entry.shape),
        ", the model wants ", to_string(shape_));
  std::lock_guard lock(mutex_);
  value_.reset();
  entry_ = std::move(entry);
  where_ = std::move(where);
  version_.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace keratin
