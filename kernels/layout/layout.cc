// Moving elements without computing: reshape, broadcast_to, transpose, concatenate, slice, pad, reverse.
#include <algorithm>
#include <cstring>

#include "kernels/layout/strided.h"
#include "runtime/core/shape.h"
#include "runtime/ir/build.h"
#include "runtime/ir/op.h"

namespace keratin {
namespace {

using namespace ir;

std::size_t at(std::int64_t axis) { return static_cast<std::size_t>(axis); }

// ---- reshape
constexpr AttributeDef shape_attribute[] = {{"shape", AttributeKind::dims}};
std::vector<Type> infer_reshape(const Node& node) {
  op_check_inputs(node, 1);
  const Dims& shape = node.get<Dims>("shape");
  op_check(product(shape) == product(node.in(0).shape), node, to_string(node.in(0)), " can't become ",
           to_string(shape), ": the number of elements differs");
  return {{node.in(0).dtype, shape}};
}
Gradients reshape_gradient(Node& node, std::span<const Value> dy) {
  return {{reshape(dy[0], node.in(0).shape)}, {}};
}
void evaluate_reshape(const Node&, std::span<const HostView> in, std::span<const HostView> out) {
  std::memcpy(out[0].data, in[0].data, at(in[0].elements()) * size_of(in[0].dtype));
}
constexpr Case reshape_cases[] = {
    {"shape=[3,4]", "f32[2,6]"}, {"shape=[6]", "f64[2,3]"}, {"shape=[]", "f32[1]"}};

// ---- broadcast_to
std::vector<Type> infer_broadcast_to(const Node& node) {
  op_check_inputs(node, 1);
  const Dims& shape = node.get<Dims>("shape");
  op_check(shape.size() >= node.in(0).rank() && broadcast(node.in(0).shape, shape) == shape, node,
           to_string(node.in(0)), " can't be broadcast to ", to_string(shape));
  return {{node.in(0).dtype, shape}};
}
Gradients broadcast_gradient(Node& node, std::span<const Value> dy) {
  return {{sum_to(dy[0], node.in(0).shape)}, {}};
}
void evaluate_broadcast_to(const Node&, std::span<const HostView> in, std::span<const HostView> out) {
  Shape strides(out[0].shape.size(), 0);
  const Shape own = row_major_strides(in[0].shape);
  const std::size_t extra = strides.size() - own.size();
  for (std::size_t i = 0; i < own.size(); ++i) strides[extra + i] = in[0].shape[i] == 1 ? 0 : own[i];
  layout::copy_strided(size_of(in[0].dtype), out[0].shape, in[0].data, strides, out[0].data,
                       row_major_strides(out[0].shape));
}
constexpr Case broadcast_cases[] = {{"shape=[2,3,4]", "f32[3,1]"}, {"shape=[5]", "f64[]"}};

// ---- transpose
constexpr AttributeDef transpose_attributes[] = {{"permutation", AttributeKind::ints}};
std::vector<Type> infer_transpose(const Node& node) {
  op_check_inputs(node, 1);
  const Ints& permutation = node.get<Ints>("permutation");
  Ints sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  Type y{node.in(0).dtype, {}};
  op_check(sorted.size() == node.in(0).rank(), node, "the permutation has ", sorted.size(), " axes for ",
           to_string(node.in(0)));
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    op_check(sorted[i] == static_cast<std::int64_t>(i), node, "the permutation must hold every axis once");
    y.shape.push_back(node.in(0).shape[at(permutation[i])]);
  }
  return {y};
}
Gradients transpose_gradient(Node& node, std::span<const Value> dy) {
  const Ints& permutation = node.get<Ints>("permutation");
  Ints inverse(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i)
    inverse[at(permutation[i])] = static_cast<std::int64_t>(i);
  return {{transpose(dy[0], inverse)}, {}};
}
void evaluate_transpose(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const Shape own = row_major_strides(in[0].shape);
  Shape strides;
  for (std::int64_t axis : node.get<Ints>("permutation")) strides.push_back(own[at(axis)]);
  layout::copy_strided(size_of(in[0].dtype), out[0].shape, in[0].data, strides, out[0].data,
                       row_major_strides(out[0].shape));
}
constexpr Case transpose_cases[] = {{"permutation=[1,0]", "f32[2,5]"}, {"permutation=[2,0,1]", "f64[2,3,4]"}};

// ---- concatenate
constexpr AttributeDef axis_attribute[] = {{"axis", AttributeKind::integer}};
std::vector<Type> infer_concatenate(const Node& node) {
  op_check(!node.inputs.empty(), node, "wants at least one tensor");
  const auto axis = node.get<std::int64_t>("axis");
  Type y = node.in(0);
  op_check(axis >= 0 && axis < static_cast<std::int64_t>(y.rank()), node, "axis ", axis, " is outside of ",
           to_string(y));
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    const Type& x = node.in(i);
    op_check(x.dtype == y.dtype && x.rank() == y.rank(), node, "can't join ", to_string(y), " and ",
             to_string(x));
    for (std::size_t k = 0; k < y.rank(); ++k) {
      if (k == at(axis))
        y.shape[k] = y.shape[k] + x.shape[k];
      else
        op_check(x.shape[k] == y.shape[k], node, "can't join ", to_string(node.in(0)), " and ", to_string(x),
                 " along axis ", axis);
    }
  }
  return {y};
}
Gradients concatenate_gradient(Node& node, std::span<const Value> dy) {
  const auto axis = node.get<std::int64_t>("axis");
  Gradients result;
  Dim start(0);
  for (const Value& x : node.inputs) {
    const Dim limit = start + x.shape()[at(axis)];
    result.inputs.push_back(slice_axis(dy[0], axis, start, limit));
    start = limit;
  }
  return result;
}
void evaluate_concatenate(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const std::size_t axis = at(node.get<std::int64_t>("axis")), size = size_of(out[0].dtype);
  const Shape strides = row_major_strides(out[0].shape);
  std::int64_t offset = 0;
  for (const HostView& x : in) {
    auto* target = static_cast<std::byte*>(out[0].data) + at(offset * strides[axis]) * size;
    layout::copy_strided(size, x.shape, x.data, row_major_strides(x.shape), target, strides);
    offset += x.shape[axis];
  }
}
constexpr Case concatenate_cases[] = {{"axis=1", "f32[2,3] f32[2,4]"},
                                      {"axis=0", "f64[2,3] f64[1,3] f64[3,3]"}};

// ---- slice
constexpr AttributeDef slice_attributes[] = {
    {"start", AttributeKind::dims}, {"limit", AttributeKind::dims}, {"stride", AttributeKind::ints}};
std::vector<Type> infer_slice(const Node& node) {
  op_check_inputs(node, 1);
  const Dims &start = node.get<Dims>("start"), &limit = node.get<Dims>("limit");
  const Ints& stride = node.get<Ints>("stride");
  const Type& x = node.in(0);
  op_check(start.size() == x.rank() && limit.size() == x.rank() && stride.size() == x.rank(), node,
           "wants one range per axis of ", to_string(x));
  Type y{x.dtype, {}};
  for (std::size_t i = 0; i < x.rank(); ++i) {
    op_check(stride[i] > 0, node, "stride ", stride[i], " must be positive");
    if (start[i].is_constant() && limit[i].is_constant())
      op_check(start[i].value() >= 0 && start[i].value() <= limit[i].value(), node, "range ",
               start[i].to_string(), ":", limit[i].to_string(), " is empty or negative");
    if (limit[i].is_constant() && x.shape[i].is_constant())
      op_check(limit[i].value() <= x.shape[i].value(), node, "range up to ", limit[i].to_string(), " leaves ",
               to_string(x));
    y.shape.push_back(ceil_div(limit[i] - start[i], stride[i]));
  }
  return {y};
}
Gradients slice_gradient(Node& node, std::span<const Value> dy) {
  const Value zero = constant_like(dy[0], 0);
  return {{node.graph->add("slice_update", {broadcast_to(zero, node.in(0).shape), dy[0]},
                           {{"start", node.get<Dims>("start")}, {"stride", node.get<Ints>("stride")}})},
          {}};
}
void evaluate_slice(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const Shape own = row_major_strides(in[0].shape), start = to_shape(node.get<Dims>("start"));
  const Ints& stride = node.get<Ints>("stride");
  std::int64_t offset = 0;
  Shape strides(own.size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    offset += start[i] * own[i];
    strides[i] = own[i] * stride[i];
  }
  const std::size_t size = size_of(in[0].dtype);
  layout::copy_strided(size, out[0].shape, static_cast<const std::byte*>(in[0].data) + at(offset) * size,
                       strides, out[0].data, row_major_strides(out[0].shape));
}
constexpr Case slice_cases[] = {{"start=[0,1], limit=[2,4], stride=[1,1]", "f32[3,5]"},
                                {"start=[1], limit=[8], stride=[3]", "f64[9]"}};

// ---- slice_update: x with a strided block replaced
constexpr AttributeDef update_attributes[] = {{"start", AttributeKind::dims},
                                              {"stride", AttributeKind::ints}};
std::vector<Type> infer_slice_update(const Node& node) {
  op_check_inputs(node, 2);
  const Type& x = node.in(0);
  op_check(node.in(1).dtype == x.dtype && node.in(1).rank() == x.rank() &&
               node.get<Dims>("start").size() == x.rank() && node.get<Ints>("stride").size() == x.rank(),
           node, "the block ", to_string(node.in(1)), " doesn't fit ", to_string(x));
  return {x};
}
Gradients slice_update_gradient(Node& node, std::span<const Value> dy) {
  const Dims& start = node.get<Dims>("start");
  const Ints& stride = node.get<Ints>("stride");
  Dims limit;
  for (std::size_t i = 0; i < start.size(); ++i)
    limit.push_back(start[i] + (node.in(1).shape[i] - 1) * Dim(stride[i]) + 1);
  const Value zero = broadcast_to(constant_like(dy[0], 0), node.in(1).shape);
  return {{node.graph->add("slice_update", {dy[0], zero}, {{"start", start}, {"stride", stride}}),
           slice(dy[0], start, limit, stride)},
          {}};
}
void evaluate_slice_update(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const std::size_t size = size_of(in[0].dtype);
  std::memcpy(out[0].data, in[0].data, at(in[0].elements()) * size);
  const Shape own = row_major_strides(in[0].shape), start = to_shape(node.get<Dims>("start"));
  const Ints& stride = node.get<Ints>("stride");
  std::int64_t offset = 0;
  Shape strides(own.size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    offset += start[i] * own[i];
    strides[i] = own[i] * stride[i];
  }
  layout::copy_strided(size, in[1].shape, in[1].data, row_major_strides(in[1].shape),
                       static_cast<std::byte*>(out[0].data) + at(offset) * size, strides);
}
constexpr Case update_cases[] = {{"start=[0,1], stride=[1,2]", "f64[3,5] f64[2,2]"}};

// ---- pad: negative amounts crop
constexpr AttributeDef pad_attributes[] = {{"low", AttributeKind::ints}, {"high", AttributeKind::ints}};
std::vector<Type> infer_pad(const Node& node) {
  op_check_inputs(node, 2);
  const Type& x = node.in(0);
  const Ints &low = node.get<Ints>("low"), &high = node.get<Ints>("high");
  op_check(low.size() == x.rank() && high.size() == x.rank(), node, "wants one amount per axis of ",
           to_string(x));
  op_check(node.in(1).rank() == 0 && node.in(1).dtype == x.dtype, node,
           "the padding value must be a scalar of ", name_of(x.dtype));
  Type y{x.dtype, {}};
  for (std::size_t i = 0; i < x.rank(); ++i) {
    y.shape.push_back(x.shape[i] + Dim(low[i]) + Dim(high[i]));
    op_check(!y.shape[i].is_constant() || y.shape[i].value() >= 0, node, "crops more than there is of ",
             to_string(x));
  }
  return {y};
}
Gradients pad_gradient(Node& node, std::span<const Value> dy) {
  Ints low = node.get<Ints>("low"), high = node.get<Ints>("high");
  for (std::int64_t& n : low) n = -n;
  for (std::int64_t& n : high) n = -n;
  const Value inner = pad(dy[0], low, high);
  Ints all;
  for (std::size_t i = 0; i < dy[0].rank(); ++i) all.push_back(static_cast<std::int64_t>(i));
  return {{inner, sum(dy[0], all) - sum(inner, all)}, {}};
}
void evaluate_pad(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const std::size_t size = size_of(out[0].dtype);
  layout::fill(size, out[0].elements(), in[1].data, out[0].data);
  const Shape from = row_major_strides(in[0].shape), to = row_major_strides(out[0].shape);
  const Ints& low = node.get<Ints>("low");
  Shape count(from.size());
  std::int64_t source = 0, target = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::int64_t skip = std::max<std::int64_t>(0, -low[i]), begin = std::max<std::int64_t>(0, low[i]);
    count[i] = std::max<std::int64_t>(0, std::min(in[0].shape[i] - skip, out[0].shape[i] - begin));
    source += skip * from[i];
    target += begin * to[i];
  }
  layout::copy_strided(size, count, static_cast<const std::byte*>(in[0].data) + at(source) * size, from,
                       static_cast<std::byte*>(out[0].data) + at(target) * size, to);
}
constexpr Case pad_cases[] = {{"low=[1,0], high=[2,3]", "f32[2,3] f32[]"},
                              {"low=[-1,2], high=[0,-1]", "f64[3,4] f64[]"}};

// ---- reverse
constexpr AttributeDef axes_attribute[] = {{"axes", AttributeKind::ints}};
std::vector<Type> infer_reverse(const Node& node) {
  op_check_inputs(node, 1);
  for (std::int64_t axis : node.get<Ints>("axes"))
    op_check(axis >= 0 && axis < static_cast<std::int64_t>(node.in(0).rank()), node, "axis ", axis,
             " is outside of ", to_string(node.in(0)));
  return {node.in(0)};
}
Gradients reverse_gradient(Node& node, std::span<const Value> dy) {
  return {{node.graph->add("reverse", {dy[0]}, {{"axes", node.get<Ints>("axes")}})}, {}};
}
void evaluate_reverse(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  Shape strides = row_major_strides(in[0].shape);
  std::int64_t offset = 0;
  if (in[0].elements() == 0) return;
  for (std::int64_t axis : node.get<Ints>("axes")) {
    offset += (in[0].shape[at(axis)] - 1) * strides[at(axis)];
    strides[at(axis)] = -strides[at(axis)];
  }
  const std::size_t size = size_of(in[0].dtype);
  layout::copy_strided(size, out[0].shape, static_cast<const std::byte*>(in[0].data) + at(offset) * size,
                       strides, out[0].data, row_major_strides(out[0].shape));
}
constexpr Case reverse_cases[] = {{"axes=[0,2]", "f64[2,3,4]"}};

constexpr OpDef ops[] = {
    {"reshape", shape_attribute, infer_reshape, {reshape_gradient}, nullptr, evaluate_reshape, reshape_cases},
    {"broadcast_to",
     shape_attribute,
     infer_broadcast_to,
     {broadcast_gradient},
     nullptr,
     evaluate_broadcast_to,
     broadcast_cases},
    {"transpose",
     transpose_attributes,
     infer_transpose,
     {transpose_gradient},
     nullptr,
     evaluate_transpose,
     transpose_cases},
    {"concatenate",
     axis_attribute,
     infer_concatenate,
     {concatenate_gradient},
     nullptr,
     evaluate_concatenate,
     concatenate_cases},
    {"slice", slice_attributes, infer_slice, {slice_gradient}, nullptr, evaluate_slice, slice_cases},
    {"slice_update",
     update_attributes,
     infer_slice_update,
     {slice_update_gradient},
     nullptr,
     evaluate_slice_update,
     update_cases},
    {"pad", pad_attributes, infer_pad, {pad_gradient}, nullptr, evaluate_pad, pad_cases},
    {"reverse", axes_attribute, infer_reverse, {reverse_gradient}, nullptr, evaluate_reverse, reverse_cases},
};

}  // namespace
extern const OpFamily ops_layout{ops};
}  // namespace keratin
