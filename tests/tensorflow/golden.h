// The subclassed Dense of tests/golden/saved_model and what TensorFlow computes from it.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "keratin/data.h"
#include "keratin/error.h"

namespace keratin::testing {

inline const std::string golden = std::string(KERATIN_TEST_DATA) + "/golden/saved_model/";
inline const std::string dense = golden + "subclassed_dense";

inline Tensor find(const NamedTensors& arrays, const std::string& name) {
  for (const auto& [key, tensor] : arrays)
    if (key == name) return tensor;
  throw Error(ErrorCode::internal, "no array " + name + " in the golden");
}

// |a - b| <= ulps * (|b| + max|b|) * eps
inline void expect_near(const Tensor& actual, const Tensor& expected, double ulps) {
  ASSERT_EQ(actual.dtype(), DType::float32);
  ASSERT_EQ(actual.shape(), expected.shape());
  double largest = 0;
  for (const float v : expected.values<float>()) largest = std::max(largest, std::abs(double{v}));
  ASSERT_GT(largest, 0) << "a golden of zeros proves nothing";
  for (std::size_t i = 0; i < actual.elements(); ++i) {
    const double a = actual.values<float>()[i], b = expected.values<float>()[i];
    EXPECT_LE(std::abs(a - b), ulps * (std::abs(b) + largest) * 0x1p-23)
        << "element " << i << ": " << a << ", expected " << b;
  }
}

}  // namespace keratin::testing
