// keras.ops: arithmetic on two tensors, or a tensor and a number.
#include "runtime/core/error.h"
#include "runtime/keras/operation.h"

namespace keratin {
namespace {

using namespace keras;

// Argument number i as a value of the other operand's dtype.
ir::Value operand(LowerContext& cx, std::size_t i, ir::Value like) {
  const Argument* argument = cx.argument(i == 0 ? "x1" : "x2", i);
  check(argument != nullptr, ErrorCode::corrupt_file, "operand ", i, " is missing");
  if (argument->is_tensor()) return argument->tensor().value;
  return ir::constant_like(
      like, argument->json().is_bool() ? argument->json().as_bool() : argument->json().as_number());
}

template <const char* op>
ir::Values binary(LowerContext& cx, const Json&) {
  const ir::Value any = cx.input(0);
  return {ir::binary(op, operand(cx, 0, any), operand(cx, 1, any))};
}

constexpr char add[] = "add", subtract[] = "subtract", multiply[] = "multiply";
constexpr OperationDef rows[] = {
    {"Add", binary<add>}, {"Subtract", binary<subtract>}, {"Multiply", binary<multiply>}};

}  // namespace
extern const OperationFamily operations_arithmetic{rows};
}  // namespace keratin
