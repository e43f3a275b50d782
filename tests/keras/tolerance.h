// Whether two tensors are equal within rounding: |a - b| <= (r |b| + s max|b|) eps(dtype).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "keratin/tensor.h"
#include "runtime/core/cast.h"
#include "runtime/core/shape.h"

namespace keratin::tests {

struct Tolerance {
  double relative = 8, scaled = 16;
};

inline double epsilon_of(DType dtype) {
  switch (dtype) {
    case DType::float16:
      return 0x1p-10;
    case DType::bfloat16:
      return 0x1p-7;
    case DType::float64:
      return 0x1p-52;
    default:
      return 0x1p-23;
  }
}

// found is of dtype, or an integer; wanted may be a wider copy. coarsest: what the values went through.
inline testing::AssertionResult near(const Tensor& found, const Tensor& wanted, DType coarsest,
                                     Tolerance tolerance = {}) {
  if (found.shape() != wanted.shape())
    return testing::AssertionFailure()
           << "shape " << to_string(found.shape()) << ", expected " << to_string(wanted.shape());
  const bool widened = wanted.dtype() == DType::float32 && size_of(found.dtype()) == 2;
  if (found.dtype() != wanted.dtype() && !widened)
    return testing::AssertionFailure()
           << "dtype " << name_of(found.dtype()) << ", expected " << name_of(wanted.dtype());
  const Tensor a = cast_tensor(found, DType::float64), b = cast_tensor(wanted, DType::float64);
  double largest = 0;
  for (double value : b.values<double>())
    if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
  const double eps =
      is_floating(found.dtype()) ? std::max(epsilon_of(found.dtype()), epsilon_of(coarsest)) : 0;
  for (std::size_t i = 0; i < a.elements(); ++i) {
    const double x = a.values<double>()[i], y = b.values<double>()[i];
    const double allowed = (tolerance.relative * std::fabs(y) + tolerance.scaled * largest) * eps;
    const bool same = x == y || (std::isnan(x) && std::isnan(y)) || std::fabs(x - y) <= allowed;
    if (!same)
      return testing::AssertionFailure() << "element " << i << " of " << to_string(found.shape()) << " is "
                                         << x << ", expected " << y << " within " << allowed;
  }
  return testing::AssertionSuccess();
}

}  // namespace keratin::tests
