// keras.ops.nn: activation functions.
#include "runtime/keras/activation.h"

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/ir/build_nn.h"
#include "runtime/keras/operands.h"
#include "runtime/keras/promote.h"

namespace keratin {
namespace {

using namespace keras;
using ir::Value;
using ir::Values;

template <const char* name>
Values named(LowerContext& cx, const Json& config) {
  return {find_activation(name)->lower(to_float(Operands(cx, config).tensor("x", 0)))};
}
// An op with one number: its attribute, Keras' argument, Keras' default.
struct Parameter {
  const char *op, *attribute, *argument;
  double fallback;
};
template <const Parameter* p>
Values with_number(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = to_float(in.tensor("x", 0));
  return {cx.graph().add(p->op, {x}, {{p->attribute, in.real(p->argument, p->fallback, 1)}})};
}
constexpr Parameter leaky_relu = {"leaky_relu", "negative_slope", "negative_slope", 0.2},
                    elu = {"elu", "alpha", "alpha", 1}, celu = {"celu", "alpha", "alpha", 1},
                    hard_shrink = {"hard_shrink", "threshold", "threshold", 0.5},
                    soft_shrink = {"soft_shrink", "threshold", "threshold", 0.5},
                    squareplus = {"squareplus", "b", "b", 4};

Values relu(LowerContext& cx, const Json& config) {
  return {ir::unary("relu", Operands(cx, config).tensor("x", 0))};
}
Values relu6(LowerContext& cx, const Json& config) {
  return {ir::unary("relu6", Operands(cx, config).tensor("x", 0))};
}
Values gelu(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  return {ir::unary(in.flag("approximate", true, 1) ? "gelu_tanh" : "gelu", to_float(in.tensor("x", 0)))};
}
// The last axis where none is given, all of them for None.
template <Value (*normalized)(Value, ir::Ints)>
Values softmax(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = to_float(in.tensor("x", 0));
  const bool given = cx.call.find("axis") || config.find("axis");
  return {normalized(x, given ? in.axes("axis", x) : ir::Ints{-1})};
}
Values glu(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = to_float(in.tensor("x", 0));
  const std::int64_t axis = normalize_axis(in.integer("axis", -1, 1), x.rank());
  const ir::Dim size = x.shape()[static_cast<std::size_t>(axis)], half = floor_div(size, 2);
  return {ir::slice_axis(x, axis, 0, half) * ir::unary("sigmoid", ir::slice_axis(x, axis, half, size))};
}
Values threshold(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = to_float(in.tensor("x", 0));
  return {ir::select(ir::compare("greater", x, ir::constant_like(x, in.real("threshold", 0, 1))), x,
                     ir::constant_like(x, in.real("default_value", 0, 2)))};
}
// x over its norm of this order, which is at least epsilon.
Values normalize(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = to_float(in.tensor("x", 0));
  const ir::Ints axes = {normalize_axis(in.integer("axis", -1, 1), x.rank())};
  const std::int64_t order = in.integer("order", 2, 2);
  const double epsilon = in.real("epsilon", 1e-7, 3);
  if (order == 2) {
    const Value inverse = ir::rsqrt(ir::sum(ir::square(x), axes, ir::Keep::yes));
    return {x * ir::minimum(inverse, ir::constant_like(x, 1 / epsilon))};
  }
  check(order >= 1, ErrorCode::corrupt_file, "order ", order, ": expected a positive integer");
  const Value p = ir::constant_like(x, static_cast<double>(order));
  const Value powers = ir::sum(ir::binary("power", ir::unary("abs", x), p), axes, ir::Keep::yes);
  const Value norm = ir::binary("power", powers, ir::constant_like(x, 1 / static_cast<double>(order)));
  return {x / ir::maximum(norm, ir::constant_like(x, epsilon))};
}

constexpr char sigmoid[] = "sigmoid", softplus[] = "softplus", softsign[] = "softsign", silu[] = "silu",
               log_sigmoid[] = "log_sigmoid", hard_sigmoid[] = "hard_sigmoid", hard_silu[] = "hard_silu",
               selu[] = "selu", hard_tanh[] = "hard_tanh", tanh_shrink[] = "tanh_shrink",
               sparse_plus[] = "sparse_plus", sparse_sigmoid[] = "sparse_sigmoid", sparsemax[] = "sparsemax";

constexpr OperationDef rows[] = {
    {"Relu", relu},
    {"Relu6", relu6},
    {"Sigmoid", named<sigmoid>},
    {"Softplus", named<softplus>},
    {"Softsign", named<softsign>},
    {"Silu", named<silu>},
    {"LogSigmoid", named<log_sigmoid>},
    {"LeakyRelu", with_number<&leaky_relu>},
    {"HardSigmoid", named<hard_sigmoid>},
    {"HardSilu", named<hard_silu>},
    {"Elu", with_number<&elu>},
    {"Selu", named<selu>},
    {"Celu", with_number<&celu>},
    {"Gelu", gelu},
    {"Softmax", softmax<ir::softmax>},
    {"LogSoftmax", softmax<ir::log_softmax>},
    {"Glu", glu},
    {"HardTanh", named<hard_tanh>},
    {"HardShrink", with_number<&hard_shrink>},
    {"SoftShrink", with_number<&soft_shrink>},
    {"TanhShrink", named<tanh_shrink>},
    {"Threshold", threshold},
    {"Squareplus", with_number<&squareplus>},
    {"SparsePlus", named<sparse_plus>},
    {"SparseSigmoid", named<sparse_sigmoid>},
    {"Sparsemax", named<sparsemax>},
    {"Normalize", normalize},
};

constexpr OperationCase cases[] = {
    {"Relu", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Relu6", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Sigmoid", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Softplus", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Softsign", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Silu", "nn", R"({})", R"(["float32[2,5]"])"},
    {"LogSigmoid", "nn", R"({})", R"(["float32[2,5]"])"},
    {"LeakyRelu", "nn", R"({})", R"(["float32[2,5]"])"},
    {"HardSigmoid", "nn", R"({})", R"(["float32[2,5]"])"},
    {"HardSilu", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Elu", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Selu", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Celu", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Gelu", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Softmax", "nn", R"({})", R"(["float32[2,5]"])"},
    {"LogSoftmax", "nn", R"({})", R"(["float32[2,5]"])"},
    {"HardTanh", "nn", R"({})", R"(["float32[2,5]"])"},
    {"HardShrink", "nn", R"({})", R"(["float32[2,5]"])"},
    {"SoftShrink", "nn", R"({})", R"(["float32[2,5]"])"},
    {"TanhShrink", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Squareplus", "nn", R"({})", R"(["float32[2,5]"])"},
    {"SparsePlus", "nn", R"({})", R"(["float32[2,5]"])"},
    {"SparseSigmoid", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Sparsemax", "nn", R"({})", R"(["float32[2,5]"])"},
    {"Normalize", "nn", R"({})", R"(["float32[2,5]"])"},
    {"LeakyRelu", "nn", R"({"negative_slope": 0.1})", R"(["float32[2,5]"])"},
    {"Elu", "nn", R"({"alpha": 0.5})", R"(["float32[2,5]"])"},
    {"Celu", "nn", R"({"alpha": 0.5})", R"(["float32[2,5]"])"},
    {"Gelu", "nn", R"({"approximate": false})", R"(["float32[2,5]"])"},
    {"Softmax", "nn", R"({"axis": 1})", R"(["float32[2,3,4]"])"},
    {"Softmax", "nn", R"({"axis": null})", R"(["float32[2,3,4]"])"},
    {"LogSoftmax", "nn", R"({"axis": 0})", R"(["float32[2,3,4]"])"},
    {"Glu", "nn", R"({})", R"(["float32[2,3,4]"])"},
    {"Threshold", "nn", R"({"threshold": 0.2, "default_value": -1.0})", R"(["float32[2,5]"])"},
    {"Normalize", "nn", R"({"axis": 1, "order": 3})", R"(["float32[2,3,4]"])"},
    {"HardShrink", "nn", R"({"threshold": 0.2})", R"(["float32[2,5]"])"},
};

}  // namespace
extern const OperationFamily operations_activation{rows, cases};
}  // namespace keratin
