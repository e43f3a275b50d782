// TensorFlow's functions that no operation of keras.ops equals, for the op nodes of Keras 2 (TFOpLambda).
#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/ir/build_nn.h"
#include "runtime/keras/images.h"
#include "runtime/keras/operands.h"
#include "runtime/keras/promote.h"

namespace keratin {
namespace {

using namespace keras;
using ir::Value;
using ir::Values;

// Into a number of equal parts, or parts of given sizes, one of which may be -1.
Values split(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("value", 0);
  const std::int64_t axis = normalize_axis(in.integer("axis", 0), x.rank());
  const ir::Dim size = x.shape()[static_cast<std::size_t>(axis)];
  const Json* how = in.find("num_or_size_splits");
  check(how != nullptr, ErrorCode::corrupt_file, "split without num_or_size_splits");
  ir::Dims sizes;
  if (how->is_array()) {
    ir::Dim rest = size;
    for (const Json& part : how->as_array())
      if (part.as_integer() >= 0) rest = rest - ir::Dim(part.as_integer());
    for (const Json& part : how->as_array())
      sizes.push_back(part.as_integer() < 0 ? rest : ir::Dim(part.as_integer()));
  } else {
    const std::int64_t count = how->as_integer();
    const auto part = count > 0 ? exact_div(size, ir::Dim(count)) : std::nullopt;
    check(part.has_value(), ErrorCode::corrupt_file, "axis ", axis, " of ", ir::to_string(x.type()),
          " can't be split into ", count, " equal parts");
    sizes.assign(static_cast<std::size_t>(count), *part);
  }
  Values parts;
  ir::Dim at = 0;
  for (const ir::Dim& part : sizes) {
    parts.push_back(ir::slice_axis(x, axis, at, at + part));
    at = at + part;
  }
  return parts;
}

template <Value (*find)(Value, std::int64_t, ir::Keep)>
Values extreme_place(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value y = find(in.tensor("input", 0), in.integer("axis", 0), ir::Keep::no);
  return {ir::cast(y, in.dtype("output_type").value_or(DType::int64))};
}

Values matmul(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Values both = promoted({in.tensor("a", 0), in.tensor("b", 1)});
  auto turned = [&](Value x, const char* flag) {
    if (!in.flag(flag, false)) return x;
    ir::Ints order = in.axes("", x);
    check(order.size() >= 2, ErrorCode::corrupt_file, "matmul of ", ir::to_string(x.type()));
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    return ir::transpose(x, order);
  };
  Call call;
  call.args = {{Traced{turned(both[0], "transpose_a"), {}}}, {Traced{turned(both[1], "transpose_b"), {}}}};
  LowerContext inner(cx.lowering, cx.layer, call);
  return find_operation("Matmul")->lower(inner, config);
}

Values l2_normalize(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  const Value squares = ir::sum(ir::square(x), in.axes("axis", x), ir::Keep::yes);
  return {x * ir::rsqrt(ir::maximum(squares, ir::constant_like(x, in.real("epsilon", 1e-12))))};
}
Values squared_difference(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair("x", "y");
  return {ir::square(a - b)};
}
// Modes are written in capitals.
Values pad(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  std::string mode = in.text("mode", "CONSTANT");
  for (char& c : mode) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const Json* paddings = in.find("paddings");
  check(paddings != nullptr, ErrorCode::corrupt_file, "pad without paddings");
  Call call;
  call.args = {{Traced{in.tensor("tensor", 0), {}}}};
  call.kwargs = {{"pad_width", {*paddings}},
                 {"mode", {Json(mode)}},
                 {"constant_values", {Json(in.real("constant_values", 0))}}};
  LowerContext inner(cx.lowering, cx.layer, call);
  return find_operation("Pad")->lower(inner, config);
}
Values resize(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("images", 0);
  const ir::Ints size = in.ints("size").value_or(ir::Ints{});
  check(x.rank() == 4 && size.size() == 2 && size[0] > 0 && size[1] > 0, ErrorCode::unsupported,
        "image.resize wants a batch of images and a known size");
  const std::string method = in.text("method", "bilinear");
  check_interpolation(method);
  const Value y = resize_image(method == "nearest" ? x : ir::cast(x, DType::float32),
                               {ir::Dim(size[0]), ir::Dim(size[1])}, method, in.flag("antialias", false));
  return {y};
}
Values shape(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("input", 0);
  const DType dtype = in.dtype("out_type").value_or(DType::int32);
  Values sizes;
  for (const ir::Dim& dim : x.shape())
    sizes.push_back(ir::expand_dims(ir::dimension(cx.graph(), dim, dtype), 0));
  check(!sizes.empty(), ErrorCode::unsupported, "the shape of a scalar");
  return {ir::concatenate(sizes, 0)};
}

constexpr OperationDef rows[] = {{"tf.split", split},
                                 {"tf.argmax", extreme_place<ir::argmax>},
                                 {"tf.argmin", extreme_place<ir::argmin>},
                                 {"tf.matmul", matmul},
                                 {"tf.l2_normalize", l2_normalize},
                                 {"tf.squared_difference", squared_difference},
                                 {"tf.pad", pad},
                                 {"tf.image.resize", resize},
                                 {"tf.shape", shape}};

}  // namespace
extern const OperationFamily operations_tensorflow{rows};
}  // namespace keratin
