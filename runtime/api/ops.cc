#include "keratin/ops.h"

#include "runtime/api/custom_state.h"
#include "runtime/core/error.h"
#include "runtime/ir/build_nn.h"
#include "runtime/keras/activation.h"

namespace keratin {
inline namespace v1 {
namespace ops {

ir::Value inner(Value value) {
  check(value.node != nullptr, ErrorCode::invalid_argument, "ops: an empty value");
  return {static_cast<ir::Node*>(value.node), value.result};
}
Value outer(ir::Value value) { return {value.node, value.result}; }

DType Value::dtype() const { return inner(*this).dtype(); }
Shape Value::shape() const {
  Shape shape;
  for (const ir::Dim& dim : inner(*this).shape()) shape.push_back(dim.is_constant() ? dim.value() : -1);
  return shape;
}

Value operator+(Value a, Value b) { return outer(inner(a) + inner(b)); }
Value operator-(Value a, Value b) { return outer(inner(a) - inner(b)); }
Value operator*(Value a, Value b) { return outer(inner(a) * inner(b)); }
Value operator/(Value a, Value b) { return outer(inner(a) / inner(b)); }
Value operator-(Value a) { return outer(-inner(a)); }
Value operator+(Value a, double b) { return outer(inner(a) + b); }
Value operator-(Value a, double b) { return outer(inner(a) - b); }
Value operator*(Value a, double b) { return outer(inner(a) * b); }
Value operator/(Value a, double b) { return outer(inner(a) / b); }
Value maximum(Value a, Value b) { return outer(ir::maximum(inner(a), inner(b))); }
Value minimum(Value a, Value b) { return outer(ir::minimum(inner(a), inner(b))); }

Value unary(const std::string& name, Value x) {
  if (const keras::ActivationDef* activation = keras::find_activation(name))
    return outer(activation->lower(inner(x)));
  static constexpr const char* names[] = {"abs",   "sign", "square", "sqrt", "rsqrt", "reciprocal",
                                          "floor", "ceil", "round",  "exp",  "expm1", "log",
                                          "log1p", "sin",  "cos",    "tan",  "asin",  "acos",
                                          "atan",  "sinh", "cosh",   "tanh", "erf"};
  for (const char* known : names)
    if (name == known) return outer(ir::unary(known, inner(x)));
  fail(ErrorCode::invalid_argument, "ops::unary: no element-wise function is called \"", name, "\"");
}

Value matmul(Value a, Value b) { return outer(ir::dot(inner(a), inner(b))); }
namespace {
ir::Keep keep(bool keepdims) { return keepdims ? ir::Keep::yes : ir::Keep::no; }
}  // namespace
Value sum(Value x, const std::vector<std::int64_t>& axes, bool keepdims) {
  return outer(ir::sum(inner(x), axes, keep(keepdims)));
}
Value mean(Value x, const std::vector<std::int64_t>& axes, bool keepdims) {
  return outer(ir::mean(inner(x), axes, keep(keepdims)));
}
Value max(Value x, const std::vector<std::int64_t>& axes, bool keepdims) {
  return outer(ir::reduce("reduce_max", inner(x), axes, keep(keepdims)));
}

Value reshape(Value x, const Shape& shape) {
  ir::Dims dims;
  ir::Dim known(1);
  std::size_t open = shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    dims.push_back(ir::Dim(shape[i]));
    if (shape[i] >= 0)
      known = known * dims[i];
    else
      open = i;
  }
  if (open < shape.size()) {
    const auto rest = ir::exact_div(ir::product(inner(x).shape()), known);
    check(rest.has_value(), ErrorCode::invalid_argument, "ops::reshape: ", ir::to_string(inner(x).type()),
          " doesn't divide by ", known.to_string());
    dims[open] = *rest;
  }
  return outer(ir::reshape(inner(x), std::move(dims)));
}
Value transpose(Value x, const std::vector<std::int64_t>& permutation) {
  return outer(ir::transpose(inner(x), permutation));
}
Value concatenate(const std::vector<Value>& parts, std::int64_t axis) {
  ir::Values values;
  for (Value part : parts) values.push_back(inner(part));
  return outer(ir::concatenate(std::move(values), axis));
}
Value softmax(Value x, std::int64_t axis) { return outer(ir::softmax(inner(x), {axis})); }
Value cast(Value x, DType dtype) { return outer(ir::cast(inner(x), dtype)); }
Value stop_gradient(Value x) { return outer(ir::unary("stop_gradient", inner(x))); }

}  // namespace ops
}  // namespace v1
}  // namespace keratin
