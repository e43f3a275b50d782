// keras.ops: joining, splitting and padding tensors.
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

Values concatenate(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  return {ir::concatenate(promoted(in.list("xs")), in.integer("axis", 0, 1))};
}
Value stacked(Values parts, std::int64_t axis) {
  parts = promoted(parts);
  axis = normalize_axis(axis, parts[0].rank() + 1);
  for (Value& part : parts) part = ir::expand_dims(part, axis);
  return ir::concatenate(parts, axis);
}
Values stack(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  return {stacked(in.list("x"), in.integer("axis", 0, 1))};
}
Values hstack(LowerContext& cx, const Json& config) {
  Values parts = promoted(Operands(cx, config).list("xs"));
  for (Value& part : parts)
    if (part.rank() == 0) part = ir::reshape(part, {ir::Dim(1)});
  return {ir::concatenate(parts, parts[0].rank() == 1 ? 0 : 1)};
}
Values vstack(LowerContext& cx, const Json& config) {
  // On TensorFlow Keras joins vectors end to end, where numpy would make them rows.
  return {ir::concatenate(promoted(Operands(cx, config).list("xs")), 0)};
}

// Into equal parts, or at places.
Values split(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  const std::int64_t axis = normalize_axis(in.integer("axis", 0, 2), x.rank());
  const ir::Dim size = x.shape()[static_cast<std::size_t>(axis)];
  const Json* how = in.find("indices_or_sections", 1);
  check(how != nullptr, ErrorCode::corrupt_file, "Split without indices_or_sections");
  ir::Dims places = {ir::Dim(0)};
  if (how->is_array()) {
    for (const Json& place : how->as_array()) {
      const std::int64_t at = place.as_integer();
      places.push_back(at < 0 ? size + ir::Dim(at) : ir::Dim(at));
    }
  } else {
    const std::int64_t count = how->as_integer();
    check(count > 0, ErrorCode::corrupt_file, "indices_or_sections ", count, ": expected a positive number");
    const auto part = exact_div(size, ir::Dim(count));
    check(part.has_value(), ErrorCode::corrupt_file, "axis ", axis, " of ", ir::to_string(x.type()),
          " can't be split into ", count, " equal parts");
    for (std::int64_t i = 1; i < count; ++i) places.push_back(*part * ir::Dim(i));
  }
  places.push_back(size);
  Values parts;
  for (std::size_t i = 0; i + 1 < places.size(); ++i)
    parts.push_back(ir::slice_axis(x, axis, places[i], places[i + 1]));
  return parts;
}
Values unstack(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  const std::int64_t axis = normalize_axis(in.integer("axis", 0, 2), x.rank());
  const ir::Dim& size = x.shape()[static_cast<std::size_t>(axis)];
  check(size.is_constant(), ErrorCode::unsupported, "an axis of unknown size can't be unstacked");
  Values parts;
  for (std::int64_t i = 0; i < size.value(); ++i)
    parts.push_back(ir::squeeze(ir::slice_axis(x, axis, i, i + 1), axis));
  return parts;
}

// What numpy's modes put beside an axis, before and after it.
Value mirrored(Value x, std::int64_t axis, std::int64_t low, std::int64_t high, bool edge) {
  const ir::Dim size = x.shape()[static_cast<std::size_t>(axis)];
  const std::int64_t skip = edge ? 0 : 1;
  Values parts;
  if (low > 0) parts.push_back(ir::reverse(ir::slice_axis(x, axis, skip, low + skip), {axis}));
  parts.push_back(x);
  if (high > 0)
    parts.push_back(
        ir::reverse(ir::slice_axis(x, axis, size - ir::Dim(high + skip), size - ir::Dim(skip)), {axis}));
  return ir::concatenate(parts, axis);
}
Values pad(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("x", 0);
  const Json* widths = in.find("pad_width");
  check(widths != nullptr, ErrorCode::corrupt_file, "Pad without pad_width");
  ir::Ints low(x.rank(), 0), high(x.rank(), 0);
  for (std::size_t i = 0; i < x.rank(); ++i) {
    const Json* row = widths;
    if (row->is_array() && !row->as_array().empty() && row->as_array()[0].is_array()) {
      const auto& rows = row->as_array();
      check(rows.size() == 1 || rows.size() == x.rank(), ErrorCode::corrupt_file, "pad_width has ",
            rows.size(), " rows for a tensor of rank ", x.rank());
      row = &rows[rows.size() == 1 ? 0 : i];
    }
    const bool pair = row->is_array() && row->as_array().size() == 2;
    check(!row->is_array() || pair || row->as_array().size() == 1, ErrorCode::corrupt_file,
          "pad_width must hold pairs");
    low[i] = (row->is_array() ? row->as_array().front() : *row).as_integer();
    high[i] = (row->is_array() ? row->as_array().back() : *row).as_integer();
    check(low[i] >= 0 && high[i] >= 0, ErrorCode::corrupt_file, "pad_width is negative");
  }
  const std::string mode = in.text("mode", "constant");
  if (mode == "constant") return {ir::pad(x, low, high, in.real("constant_values", 0, 1))};
  check(mode == "reflect" || mode == "symmetric", ErrorCode::unsupported, "padding mode \"", mode,
        "\" is not supported");
  for (std::size_t i = 0; i < x.rank(); ++i)
    x = mirrored(x, static_cast<std::int64_t>(i), low[i], high[i], mode == "symmetric");
  return {x};
}

constexpr OperationDef rows[] = {
    {"Concatenate", concatenate}, {"Stack", stack}, {"Hstack", hstack}, {"Vstack", vstack}, {"Split", split},
    {"Unstack", unstack},         {"Pad", pad},
};

constexpr OperationCase cases[] = {
    {"Concatenate", "numpy", R"({"axis": 1})", R"([["float32[2,3]", "float32[2,4]"]])"},
    {"Concatenate", "numpy", R"({})", R"([["float32[2,3]", "int32[1,3]"]])"},
    {"Stack", "numpy", R"({"axis": -1})", R"([["float32[2,3]", "float32[2,3]"]])"},
    {"Hstack", "numpy", R"({})", R"([["float32[2,3]", "float32[2,4]"]])"},
    {"Vstack", "numpy", R"({})", R"([["float32[3]", "float32[3]"]])"},
    {"Split", "numpy", R"({"indices_or_sections": 2, "axis": -1})", R"(["float32[2,3,4]"])"},
    {"Split", "numpy", R"({"indices_or_sections": [1, 3], "axis": 2})", R"(["float32[2,3,4]"])"},
    {"Unstack", "core", R"({"num": 3, "axis": 1})", R"(["float32[2,3,4]"])"},
    {"Pad", "numpy", R"({"pad_width": [[1, 0], [2, 3]]})", R"(["float32[2,5]"])"},
    {"Pad", "numpy", R"({"pad_width": [[1, 0], [2, 3]]})", R"(["float32[2,5]", 1.5])"},
    {"Pad", "numpy", R"({"pad_width": [[1, 1], [2, 3]], "mode": "reflect"})", R"(["float32[2,5]"])"},
    {"Pad", "numpy", R"({"pad_width": [[1, 1], [2, 3]], "mode": "symmetric"})", R"(["float32[2,5]"])"},
};

}  // namespace
extern const OperationFamily operations_join{rows, cases};
}  // namespace keratin
