// numpy's einsum out of sums, products and transposes; and what EinsumDense's equation says about shapes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/ir/build.h"
#include "runtime/variables/variable.h"

namespace keratin::keras {

// "ab,bc->ac", "...ab,bc->...ac", "ab,ac" (output: the labels that stand once, in their order). Any number
// of operands, contracted from the left. Throws Error{corrupt_file} for an equation that doesn't fit, and
// Error{unsupported} for a label that an operand repeats (a diagonal).
ir::Value einsum(std::string_view equation, const ir::Values& operands);

struct EinsumShapes {
  Shape kernel, bias;  // bias is empty without bias_axes
  std::vector<std::int64_t> inputs,
      outputs;  // the kernel's axes that are contracted, and those that are made
};
// equation has one comma: x, kernel -> y. output_shape: y's axes besides the first and the elided ones; -1
// where it is not known. Throws Error{corrupt_file}.
EinsumShapes einsum_shapes(const std::string& equation, const ir::Dims& input,
                           const std::vector<std::int64_t>& output_shape,
                           const std::optional<std::string>& bias_axes);

}  // namespace keratin::keras
