#include "runtime/core/cast.h"

#include "runtime/core/half.h"

namespace keratin {

Tensor cast_tensor(const Tensor& tensor, DType dtype) {
  if (tensor.dtype() == dtype) return tensor;
  Tensor result(dtype, tensor.shape());
  visit_dtype(tensor.dtype(), [&]<class From>() {
    visit_dtype(dtype, [&]<class To>() {
      const From* x = static_cast<const From*>(tensor.raw());
      To* y = static_cast<To*>(result.raw());
      for (std::size_t i = 0; i < tensor.elements(); ++i)
        y[i] = static_cast<To>(static_cast<compute_t<To>>(static_cast<compute_t<From>>(x[i])));
    });
  });
  return result;
}

}  // namespace keratin
