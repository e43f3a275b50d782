// keras.ops: shapes and the order of elements.
#include "runtime/core/shape.h"

#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/ir/build_nn.h"
#include "runtime/keras/operands.h"
#include "runtime/keras/shapes.h"

namespace keratin {
namespace {

using namespace keras;
using ir::Value;
using ir::Values;

Values reshape(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  const auto shape = in.ints("newshape", 1);
  check(shape.has_value(), ErrorCode::corrupt_file, "Reshape without newshape");
  return {ir::reshape(x, resolved_shape(ir::product(x.shape()), *shape))};
}
Values ravel(LowerContext& cx, const Json& config) {
  const Value x = Operands(cx, config).tensor("x", 0);
  return {ir::reshape(x, {ir::product(x.shape())})};
}
Values squeeze(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  const auto given = in.ints("axis", 1);
  ir::Dims shape;
  std::vector<bool> gone(x.rank(), false);
  for (std::size_t i = 0; i < x.rank() && !given; ++i) gone[i] = x.shape()[i] == ir::Dim(1);
  if (given)
    for (std::int64_t axis : in.axes("axis", x, 1)) gone[static_cast<std::size_t>(axis)] = true;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    check(!gone[i] || x.shape()[i] == ir::Dim(1), ErrorCode::corrupt_file, "axis ", i, " of ",
          ir::to_string(x.type()), " is not 1");
    if (!gone[i]) shape.push_back(x.shape()[i]);
  }
  return {ir::reshape(x, shape)};
}
// Axes are counted in the result.
Values expand_dims(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("x", 0);
  ir::Ints axes = in.ints("axis", 1).value_or(ir::Ints{0});
  const std::size_t rank = x.rank() + axes.size();
  for (std::int64_t& axis : axes) axis = normalize_axis(axis, rank);
  std::sort(axes.begin(), axes.end());
  for (std::int64_t axis : axes) x = ir::expand_dims(x, axis);
  return {x};
}
Values transpose(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  ir::Ints order = in.axes("axes", x, 1);
  if (!in.find("axes", 1)) std::reverse(order.begin(), order.end());
  return {ir::transpose(x, order)};
}
Values swapaxes(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  ir::Ints order = in.axes("", x);
  std::swap(order[static_cast<std::size_t>(normalize_axis(in.integer("axis1", 0, 1), x.rank()))],
            order[static_cast<std::size_t>(normalize_axis(in.integer("axis2", 0, 2), x.rank()))]);
  return {ir::transpose(x, order)};
}
Values moveaxis(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  const ir::Ints from = in.axes("source", x, 1), to = in.axes("destination", x, 2);
  check(from.size() == to.size(), ErrorCode::corrupt_file, "source and destination differ in length");
  ir::Ints order(x.rank(), -1), rest;
  for (std::size_t i = 0; i < from.size(); ++i) order[static_cast<std::size_t>(to[i])] = from[i];
  for (std::size_t i = 0; i < x.rank(); ++i)
    if (std::find(from.begin(), from.end(), std::int64_t(i)) == from.end()) rest.push_back(std::int64_t(i));
  std::size_t next = 0;
  for (std::int64_t& axis : order)
    if (axis < 0) {
      check(next < rest.size(), ErrorCode::corrupt_file, "source or destination names an axis twice");
      axis = rest[next++];
    }
  return {ir::transpose(x, order)};
}
Values broadcast_to(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  const ir::Ints shape = in.ints("shape", 1).value_or(ir::Ints{});
  ir::Dims dims;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t from_end = shape.size() - i;
    check(shape[i] >= 0 || from_end <= x.rank(), ErrorCode::corrupt_file, "shape: ", shape[i]);
    dims.push_back(shape[i] >= 0 ? ir::Dim(shape[i]) : x.shape()[x.rank() - from_end]);
  }
  return {ir::broadcast_to(x, dims)};
}
Values flip(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  return {ir::reverse(x, in.axes("axis", x, 1))};
}
template <std::int64_t axis>
Values flip_axis(LowerContext& cx, const Json& config) {
  return {ir::reverse(Operands(cx, config).tensor("x", 0), {axis})};
}
Values roll(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("x", 0);
  const ir::Ints shift = in.ints("shift", 1).value_or(ir::Ints{0});
  const ir::Dims shape = x.shape();
  if (!in.find("axis", 2))
    return {ir::reshape(ir::roll(ir::reshape(x, {ir::product(shape)}), shift.at(0), 0), shape)};
  const ir::Ints axes = in.axes("axis", x, 2);
  for (std::size_t i = 0; i < axes.size(); ++i)
    x = ir::roll(x, shift[shift.size() == 1 ? 0 : std::min(i, shift.size() - 1)], axes[i]);
  return {x};
}
// Every element so many times in a row.
Values repeat(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("x", 0);
  if (!in.find("axis", 2)) x = ir::reshape(x, {ir::product(x.shape())});
  const std::int64_t axis = normalize_axis(in.integer("axis", 0, 2), x.rank());
  const ir::Ints counts = in.ints("repeats", 1).value_or(ir::Ints{1});
  for (std::int64_t count : counts) check(count >= 0, ErrorCode::corrupt_file, "repeats ", count);
  if (counts.size() == 1) {
    ir::Dims wide = x.shape(), joined = x.shape();
    wide.insert(wide.begin() + axis + 1, ir::Dim(counts[0]));
    joined[static_cast<std::size_t>(axis)] = joined[static_cast<std::size_t>(axis)] * ir::Dim(counts[0]);
    return {ir::reshape(ir::broadcast_to(ir::expand_dims(x, axis + 1), wide), joined)};
  }
  Json::Array places;
  for (std::size_t i = 0; i < counts.size(); ++i)
    for (std::int64_t k = 0; k < counts[i]; ++k) places.push_back(static_cast<std::int64_t>(i));
  return {ir::gather(x, constant_of(cx.graph(), Json(std::move(places)), DType::int32), axis)};
}
Values tile(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("x", 0);
  ir::Ints counts = in.ints("repeats", 1).value_or(ir::Ints{});
  while (counts.size() < x.rank()) counts.insert(counts.begin(), 1);
  while (x.rank() < counts.size()) x = ir::expand_dims(x, 0);
  ir::Dims open, wide, joined;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    check(counts[i] >= 0, ErrorCode::corrupt_file, "repeats ", counts[i]);
    open.insert(open.end(), {ir::Dim(1), x.shape()[i]});
    wide.insert(wide.end(), {ir::Dim(counts[i]), x.shape()[i]});
    joined.push_back(x.shape()[i] * ir::Dim(counts[i]));
  }
  return {ir::reshape(ir::broadcast_to(ir::reshape(x, open), wide), joined)};
}

constexpr OperationDef rows[] = {
    {"Reshape", reshape},     {"Ravel", ravel},
    {"Squeeze", squeeze},     {"ExpandDims", expand_dims},
    {"Transpose", transpose}, {"Swapaxes", swapaxes},
    {"Moveaxis", moveaxis},   {"BroadcastTo", broadcast_to},
    {"Flip", flip},           {"Fliplr", flip_axis<1>},
    {"Flipud", flip_axis<0>}, {"Roll", roll},
    {"Repeat", repeat},       {"Tile", tile},
};

constexpr OperationCase cases[] = {
    {"Reshape", "numpy", R"({"newshape": [4, -1]})", R"(["float32[2,3,4]"])"},
    {"Reshape", "numpy", R"({"newshape": [-1]})", R"(["float32[2,3,4]"])"},
    {"Ravel", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Squeeze", "numpy", R"({})", R"(["float32[2,1,3,1]"])"},
    {"Squeeze", "numpy", R"({"axis": 1})", R"(["float32[2,1,3,1]"])"},
    {"ExpandDims", "numpy", R"({"axis": 1})", R"(["float32[2,3,4]"])"},
    {"ExpandDims", "numpy", R"({"axis": [0, -1]})", R"(["float32[2,3,4]"])"},
    {"Transpose", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Transpose", "numpy", R"({"axes": [0, 2, 1]})", R"(["float32[2,3,4]"])"},
    {"Swapaxes", "numpy", R"({"axis1": 0, "axis2": -1})", R"(["float32[2,3,4]"])"},
    {"Moveaxis", "numpy", R"({"source": 0, "destination": -1})", R"(["float32[2,3,4]"])"},
    {"Moveaxis", "numpy", R"({"source": [0, 1], "destination": [-1, 0]})", R"(["float32[2,3,4]"])"},
    {"BroadcastTo", "numpy", R"({"shape": [4, 2, 5]})", R"(["float32[2,5]"])"},
    {"Flip", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Flip", "numpy", R"({"axis": 1})", R"(["float32[2,3,4]"])"},
    {"Roll", "numpy", R"({"shift": 2})", R"(["float32[2,3,4]"])"},
    {"Roll", "numpy", R"({"shift": -1, "axis": 1})", R"(["float32[2,3,4]"])"},
    {"Repeat", "numpy", R"({"repeats": 2})", R"(["float32[2,5]"])"},
    {"Repeat", "numpy", R"({"repeats": 3, "axis": 1})", R"(["float32[2,3,4]"])"},
    {"Repeat", "numpy", R"({"repeats": [1, 2, 0], "axis": 1})", R"(["float32[2,3,4]"])"},
    {"Tile", "numpy", R"({"repeats": [2, 3]})", R"(["float32[2,5]"])"},
    {"Tile", "numpy", R"({"repeats": [2, 1, 3]})", R"(["float32[2,5]"])"},
};

}  // namespace
extern const OperationFamily operations_shape{rows, cases};
}  // namespace keratin
