// Variables whose values are still in a file.
#include "runtime/variables/variable.h"

#include <gtest/gtest.h>

namespace keratin {
namespace {

// Converted weights (a flipped kernel, joined gates) are computed from others: no bytes of a file are theirs.
TEST(Variables, ThatAreComputedHaveNothingToForget) {
  serialization::TensorEntry entry;
  entry.dtype = DType::float32;
  entry.shape = {2};
  entry.bytes = 8;
  entry.decode = [](std::span<std::byte> out) {
    const float values[] = {1, 2};
    std::memcpy(out.data(), values, sizeof values);
  };
  Variable variable("v", DType::float32, {2});
  variable.assign_from("file", entry);
  EXPECT_FALSE(variable.forgetter());
  bool borrowed = true;
  EXPECT_EQ(variable.lend(borrowed).data<float>()[1], 2);
  EXPECT_FALSE(borrowed);
}

}  // namespace
}  // namespace keratin
