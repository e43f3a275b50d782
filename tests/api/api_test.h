// What the tests of the public interface share. They use public headers only.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "keratin/keratin.h"

namespace keratin::test {

inline const std::string golden = std::string(KERATIN_TEST_DATA) + "/golden/";

// Within tolerance of the largest expected number.
inline void expect_near(const Tensor& actual, const Tensor& expected, double tolerance = 1e-5) {
  ASSERT_EQ(actual.shape(), expected.shape());
  ASSERT_EQ(actual.dtype(), DType::float32);
  float largest = 0;
  for (float value : expected.values<float>()) largest = std::max(largest, std::fabs(value));
  for (std::size_t i = 0; i < actual.elements(); ++i)
    ASSERT_NEAR(actual.data<float>()[i], expected.data<float>()[i], tolerance * largest) << "element " << i;
}

// The code of the Error that body throws; fails when it throws none. text: a part of its message.
template <class Body>
void expect_error(ErrorCode code, const std::string& text, const Body& body) {
  try {
    body();
    FAIL() << "no error; expected one with \"" << text << "\"";
  } catch (const Error& e) {
    EXPECT_EQ(static_cast<int>(e.code()), static_cast<int>(code)) << e.what();
    EXPECT_NE(std::string(e.what()).find(text), std::string::npos) << e.what();
  }
}

inline Tensor golden_input(const std::string& name) {
  return read_npz(golden + "api/" + name + ".in.npz")[0].second;
}
inline Tensor golden_output(const std::string& name) {
  return read_npz(golden + "api/" + name + ".out.npz")[0].second;
}
inline std::string golden_model(const std::string& name) { return golden + "api/" + name + ".keras"; }

}  // namespace keratin::test
