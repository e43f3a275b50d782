// Conversion of host tensors between dtypes, as numpy's astype.
#pragma once

#include "keratin/tensor.h"

namespace keratin {

// Shares the bytes when the dtype is the same already.
Tensor cast_tensor(const Tensor& tensor, DType dtype);

}  // namespace keratin
