// keras.ops: sums, means, extremes and running totals.
#include <cmath>

#include "runtime/core/error.h"
#include "runtime/ir/build_nn.h"
#include "runtime/keras/operands.h"
#include "runtime/keras/promote.h"

namespace keratin {
namespace {

using namespace keras;
using ir::Value;
using ir::Values;

// x, its axes and whether they stay.
struct Reduction {
  Value x;
  ir::Ints axes;
  ir::Keep keep;
  Reduction(LowerContext& cx, const Json& config, const char* axis = "axis") {
    const Operands in(cx, config);
    x = in.tensor("x", 0);
    axes = in.axes(axis, x, 1);
    keep = in.flag("keepdims", false, 2) ? ir::Keep::yes : ir::Keep::no;
  }
};

// Sums of small integers are int32 or uint32, as in numpy.
DType sum_dtype(DType dtype) {
  if (dtype == DType::uint8 || dtype == DType::uint16) return DType::uint32;
  return is_floating(dtype) || size_of(dtype) >= 4 ? dtype : DType::int32;
}

Values sum(LowerContext& cx, const Json& config) {
  const Reduction r(cx, config);
  return {ir::sum(ir::cast(r.x, sum_dtype(r.x.dtype())), r.axes, r.keep)};
}
Values prod(LowerContext& cx, const Json& config) {
  const Reduction r(cx, config);
  const DType dtype = Operands(cx, config).dtype("dtype").value_or(sum_dtype(r.x.dtype()));
  return {ir::reduce("reduce_prod", ir::cast(r.x, dtype), r.axes, r.keep)};
}
Values mean(LowerContext& cx, const Json& config) {
  const Reduction r(cx, config);
  return {ir::mean(to_float(r.x), r.axes, r.keep)};
}
template <const char* op, const char* joined, const char* truth>
Values extreme(LowerContext& cx, const Json& config) {
  const Reduction r(cx, config);
  if (r.x.dtype() == DType::boolean) return {ir::reduce(truth, r.x, r.axes, r.keep)};
  const Value y = ir::reduce(op, r.x, r.axes, r.keep);
  const Value initial = Operands(cx, config).like(y, "initial", 3);
  return {initial ? ir::binary(joined, y, initial) : y};
}
template <const char* op>
Values truth(LowerContext& cx, const Json& config) {
  const Reduction r(cx, config);
  return {ir::reduce(op, ir::cast(r.x, DType::boolean), r.axes, r.keep)};
}
Value variance(const Reduction& r) {
  const Value x = to_float(r.x);
  return ir::mean(ir::square(x - ir::mean(x, r.axes, ir::Keep::yes)), r.axes, r.keep);
}
Values var(LowerContext& cx, const Json& config) { return {variance(Reduction(cx, config))}; }
Values std_(LowerContext& cx, const Json& config) { return {ir::sqrt(variance(Reduction(cx, config)))}; }
Values moments(LowerContext& cx, const Json& config) {
  const Reduction r(cx, config, "axes");
  return {ir::mean(to_float(r.x), r.axes, r.keep), variance(r)};
}
Values ptp(LowerContext& cx, const Json& config) {
  const Reduction r(cx, config);
  return {ir::reduce("reduce_max", r.x, r.axes, r.keep) - ir::reduce("reduce_min", r.x, r.axes, r.keep)};
}
Values count_nonzero(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  return {ir::sum(ir::cast(ir::compare("not_equal", x, ir::constant_like(x, 0)), DType::int32),
                  in.axes("axis", x, 1))};
}
Values logsumexp(LowerContext& cx, const Json& config) {
  const Reduction r(cx, config);
  return {ir::logsumexp(to_float(r.x), r.axes, r.keep)};
}

// Weights have x's shape, or that of the one axis.
Values average(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value given = in.maybe("weights", 1);
  const Value x = to_float(in.tensor("x", 0));
  const ir::Ints axes = in.axes("axis", x);
  if (!given) return {ir::mean(x, axes)};
  const Values both = promoted({x, to_float(given)});
  Value weights = both[1];
  if (weights.rank() != x.rank()) {
    check(weights.rank() == 1 && axes.size() == 1, ErrorCode::corrupt_file, "weights ",
          ir::to_string(weights.type()), " don't fit ", ir::to_string(x.type()));
    ir::Dims shape(x.rank(), ir::Dim(1));
    shape[static_cast<std::size_t>(axes[0])] = weights.shape()[0];
    weights = ir::broadcast_to(ir::reshape(weights, shape), x.shape());
  }
  return {ir::sum(both[0] * weights, axes) / ir::sum(weights, axes)};
}

// Vectors' orders 1, 2, inf, -inf, 0 and p, and the Frobenius norm.
Values norm(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = to_float(in.tensor("x", 0));
  const ir::Ints axes = in.axes("axis", x, 2);
  const ir::Keep keep = in.flag("keepdims", false, 3) ? ir::Keep::yes : ir::Keep::no;
  const Json* order = in.find("ord", 1);
  const bool text = order && order->is_string();
  const bool euclidean = !order || (text && order->as_string() == "fro") ||
                         (!text && axes.size() == 1 && order->as_number() == 2);
  const Value size = ir::unary("abs", x);
  if (euclidean) return {ir::sqrt(ir::sum(ir::square(x), axes, keep))};
  check(axes.size() == 1 && !(text && order->as_string() == "nuc"), ErrorCode::unsupported,
        "matrix norms other than Frobenius' are not supported");
  const double p = text ? (order->as_string().find('-') == 0 ? -1 : 1) * HUGE_VAL : order->as_number();
  if (std::isinf(p)) return {ir::reduce(p > 0 ? "reduce_max" : "reduce_min", size, axes, keep)};
  if (p == 1) return {ir::sum(size, axes, keep)};
  if (p == 0)
    return {ir::sum(ir::cast(ir::compare("not_equal", x, ir::constant_like(x, 0)), x.dtype()), axes, keep)};
  return {ir::binary("power", ir::sum(ir::binary("power", size, ir::constant_like(x, p)), axes, keep),
                     ir::constant_like(x, 1 / p))};
}

// Over the flattened tensor where there is no axis.
template <Value (*run)(Value, std::int64_t, ir::Running)>
Values running(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("x", 0);
  const DType dtype = in.dtype("dtype", 2).value_or(x.dtype() == DType::boolean ? DType::int32 : x.dtype());
  const auto axis = in.ints("axis", 1);
  x = ir::cast(axis ? x : ir::reshape(x, {ir::product(x.shape())}), dtype);
  return {run(x, axis ? axis->at(0) : 0, {})};
}

constexpr char max_[] = "reduce_max", min_[] = "reduce_min", larger[] = "maximum", smaller[] = "minimum",
               any_[] = "reduce_any", all_[] = "reduce_all";

constexpr OperationDef rows[] = {
    {"Sum", sum},
    {"Prod", prod},
    {"Mean", mean},
    {"Max", (extreme<max_, larger, any_>)},
    {"Min", (extreme<min_, smaller, all_>)},
    {"Amax", (extreme<max_, larger, any_>)},
    {"Amin", (extreme<min_, smaller, all_>)},
    {"Any", truth<any_>},
    {"All", truth<all_>},
    {"Var", var},
    {"Std", std_},
    {"Moments", moments},
    {"Ptp", ptp},
    {"CountNonzero", count_nonzero},
    {"Logsumexp", logsumexp},
    {"Average", average},
    {"Norm", norm},
    {"Cumsum", running<ir::cumsum>},
    {"Cumprod", running<ir::cumprod>},
};

constexpr OperationCase cases[] = {
    {"Sum", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Sum", "numpy", R"({"axis": [0, 2], "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Mean", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Mean", "numpy", R"({"axis": [0, 2], "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Max", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Max", "numpy", R"({"axis": [0, 2], "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Min", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Min", "numpy", R"({"axis": [0, 2], "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Amax", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Amax", "numpy", R"({"axis": [0, 2], "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Amin", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Amin", "numpy", R"({"axis": [0, 2], "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Prod", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Prod", "numpy", R"({"axis": [0, 2], "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Var", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Var", "numpy", R"({"axis": [0, 2], "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Std", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Std", "numpy", R"({"axis": [0, 2], "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Sum", "numpy", R"({"axis": 1})", R"(["bool[2,3]"])"},
    {"Sum", "numpy", R"({"axis": -1})", R"(["uint8[2,3]"])"},
    {"Mean", "numpy", R"({"axis": 1})", R"(["int32[2,3]"])"},
    {"Max", "numpy", R"({"axis": 1, "initial": 0.5})", R"(["float32[2,5]"])"},
    {"Any", "numpy", R"({"axis": 1})", R"(["bool[2,3]"])"},
    {"All", "numpy", R"({})", R"(["bool[2,3]"])"},
    {"CountNonzero", "numpy", R"({"axis": 1})", R"(["int32[2,3]"])"},
    {"Average", "numpy", R"({"axis": 1})", R"(["float32[2,3,4]"])"},
    {"Average", "numpy", R"({"axis": 1})", R"(["float32[2,3]", "float32[3]"])"},
    {"Logsumexp", "math", R"({"axis": 1})", R"(["float32[2,3,4]"])"},
    {"Logsumexp", "math", R"({"axis": [0, 1], "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Moments", "nn", R"({"axes": [0, 1], "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Norm", "linalg", R"({})", R"(["float32[2,5]"])"},
    {"Norm", "linalg", R"({"ord": 1, "axis": 1})", R"(["float32[2,3,4]"])"},
    {"Norm", "linalg", R"({"ord": "fro", "axis": [1, 2], "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Norm", "linalg", R"({"ord": 3, "axis": -1})", R"(["float32[2,3,4]"])"},
    {"Cumsum", "numpy", R"({"axis": 1})", R"(["float32[2,3,4]"])"},
    {"Cumsum", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Cumprod", "numpy", R"({"axis": 2})", R"(["float32[2,3,4]"])"},
    {"Cumsum", "numpy", R"({"axis": 0, "dtype": "float32"})", R"(["int32[2,3]"])"},
};

}  // namespace
extern const OperationFamily operations_reduce{rows, cases};
}  // namespace keratin
