// Shapes and what changes them.
#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/tensorflow/import_row.h"

namespace keratin::tensorflow {
namespace {

Item vector_of(DType dtype, ir::Dims numbers) { return {{}, Known{dtype, true, std::move(numbers)}, {}}; }
Item scalar_of(DType dtype, ir::Dim number) { return {{}, Known{dtype, false, {std::move(number)}}, {}}; }

DType shape_dtype(const Call& call) { return call.find("out_type") ? call.dtype("out_type") : DType::int32; }

Items import_shape(const Call& call) { return {vector_of(shape_dtype(call), call.value(0).shape())}; }
Items import_rank(const Call& call) {
  return {scalar_of(DType::int32, static_cast<std::int64_t>(call.value(0).rank()))};
}
Items import_size(const Call& call) {
  return {scalar_of(shape_dtype(call), ir::product(call.value(0).shape()))};
}

Items import_reshape(const Call& call) {
  call.expect_inputs(2);
  const ir::Dims& wanted = call.numbers(1);
  if (call.inputs[0].known && wanted.size() <= 1) {
    Known known = *call.inputs[0].known;
    known.vector = wanted.size() == 1;
    return {{{}, std::move(known), {}}};
  }
  const ir::Value x = call.value(0);
  ir::Dims shape = wanted, rest;
  std::size_t free = shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == ir::Dim(-1))
      free = i;
    else
      rest.push_back(shape[i]);
  if (free < shape.size()) {
    const std::optional<ir::Dim> dim = ir::exact_div(ir::product(x.shape()), ir::product(rest));
    if (!dim)
      call.refuse(
          cat("the free dimension of ", ir::to_string(wanted), " has no size for ", ir::to_string(x.type())));
    shape[free] = *dim;
  }
  return {{ir::reshape(x, std::move(shape)), {}, {}}};
}

// One number or one range of a known list: shape(x)[0], shape(x)[1:].
Item slice_known(const Call& call, const Known& known) {
  const auto size = static_cast<std::int64_t>(known.numbers.size());
  const auto at = [&](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + size : i, 0, size); };
  const std::int64_t begin = call.integer_at(1), end = call.integer_at(2), stride = call.integer_at(3);
  if (call.integer("shrink_axis_mask", 0) & 1) {
    const std::int64_t i = begin < 0 ? begin + size : begin;
    if (i < 0 || i >= size) call.refuse(cat("element ", begin, " of ", size, " is taken"));
    return scalar_of(known.dtype, known.numbers[static_cast<std::size_t>(i)]);
  }
  if (stride <= 0) call.refuse("goes backwards through a shape");
  const std::int64_t from = call.integer("begin_mask", 0) & 1 ? 0 : at(begin);
  const std::int64_t to = call.integer("end_mask", 0) & 1 ? size : at(end);
  ir::Dims numbers;
  for (std::int64_t i = from; i < to; i += stride)
    numbers.push_back(known.numbers[static_cast<std::size_t>(i)]);
  return vector_of(known.dtype, std::move(numbers));
}

// Where a bound lies on an axis. TensorFlow cuts bounds to the size; on a symbolic axis they are taken to lie
// inside, and slice checks that once the size is known.
ir::Dim bound(const ir::Dim& number, const ir::Dim& size) {
  const bool from_end = number.is_constant() && number.value() < 0;
  const ir::Dim place = from_end ? size + number : number;
  if (!place.is_constant() || !size.is_constant()) return place;
  return std::clamp<std::int64_t>(place.value(), 0, size.value());
}

Items import_strided_slice(const Call& call) {
  call.expect_inputs(4);
  if (call.integer("ellipsis_mask", 0) || call.integer("new_axis_mask", 0))
    call.refuse("slices with ... or a new axis");
  if (call.inputs[0].known && call.inputs[0].known->vector) return {slice_known(call, *call.inputs[0].known)};
  const ir::Value x = call.value(0);
  const ir::Dims &begin = call.numbers(1), &end = call.numbers(2);
  const ir::Ints strides = call.integers(3);
  if (begin.size() > x.rank() || end.size() != begin.size() || strides.size() != begin.size())
    call.refuse(cat("slices ", begin.size(), " axes of ", ir::to_string(x.type())));
  const auto masked = [&](const char* mask, std::size_t i) { return (call.integer(mask, 0) >> i) & 1; };
  ir::Dims start(x.rank(), ir::Dim(0)), limit = x.shape(), shape;
  ir::Ints stride(x.rank(), 1);
  std::vector<std::size_t> dropped;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    if (strides[i] <= 0) call.refuse("goes backwards");
    stride[i] = strides[i];
    if (masked("shrink_axis_mask", i)) {
      const bool from_end = begin[i].is_constant() && begin[i].value() < 0;
      start[i] = from_end ? x.shape()[i] + begin[i] : begin[i];
      limit[i] = start[i] + 1;
      stride[i] = 1;
      dropped.push_back(i);
      continue;
    }
    if (!masked("begin_mask", i)) start[i] = bound(begin[i], x.shape()[i]);
    if (!masked("end_mask", i)) limit[i] = bound(end[i], x.shape()[i]);
  }
  const ir::Value part = ir::slice(x, start, limit, stride);
  for (std::size_t i = 0; i < x.rank(); ++i)
    if (std::ranges::find(dropped, i) == dropped.end()) shape.push_back(part.shape()[i]);
  return {{ir::reshape(part, std::move(shape)), {}, {}}};
}

Items import_pack(const Call& call) {
  const auto is_scalar = [](const Item& item) { return item.known && !item.known->vector; };
  if (!call.inputs.empty() && std::ranges::all_of(call.inputs, is_scalar)) {
    ir::Dims numbers;
    for (const Item& item : call.inputs) numbers.push_back(item.known->numbers[0]);
    return {vector_of(call.inputs[0].known->dtype, std::move(numbers))};
  }
  ir::Values parts;
  for (std::size_t i = 0; i < call.inputs.size(); ++i)
    parts.push_back(ir::expand_dims(call.value(i), call.integer("axis", 0)));
  const std::int64_t axis = normalize_axis(call.integer("axis", 0), call.value(0).rank() + 1);
  return {{ir::concatenate(std::move(parts), axis), {}, {}}};
}

Items import_concatenate(const Call& call) {
  if (call.inputs.size() < 2) call.refuse("joins nothing");
  const std::size_t last = call.inputs.size() - 1;
  const std::int64_t axis = call.integer_at(last);
  const auto is_vector = [](const Item& item) { return item.known && item.known->vector; };
  if (std::all_of(call.inputs.begin(), call.inputs.end() - 1, is_vector)) {
    ir::Dims numbers;
    for (std::size_t i = 0; i < last; ++i)
      numbers.insert(numbers.end(), call.inputs[i].known->numbers.begin(),
                     call.inputs[i].known->numbers.end());
    return {vector_of(call.inputs[0].known->dtype, std::move(numbers))};
  }
  ir::Values parts;
  for (std::size_t i = 0; i < last; ++i) parts.push_back(call.value(i));
  return {{ir::concatenate(std::move(parts), axis), {}, {}}};
}

Items import_transpose(const Call& call) {
  call.expect_inputs(2);
  return {{ir::transpose(call.value(0), call.integers(1)), {}, {}}};
}

Items import_expand_dims(const Call& call) {
  call.expect_inputs(2);
  if (call.inputs[0].known && !call.inputs[0].known->vector)
    return {vector_of(call.inputs[0].known->dtype, call.inputs[0].known->numbers)};
  return {{ir::expand_dims(call.value(0), call.integer_at(1)), {}, {}}};
}

Items import_squeeze(const Call& call) {
  call.expect_inputs(1);
  const ir::Value x = call.value(0);
  ir::Ints axes;
  if (const serialization::TfAttr* attr = call.find("squeeze_dims"))
    if (const auto* list = std::get_if<serialization::TfList>(&attr->value)) axes = list->integers;
  for (std::int64_t& axis : axes) axis = normalize_axis(axis, x.rank());
  ir::Dims shape;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    const bool named = std::ranges::find(axes, static_cast<std::int64_t>(i)) != axes.end();
    const bool one = x.shape()[i] == ir::Dim(1);
    if (axes.empty() && !x.shape()[i].is_constant())
      call.refuse("drops every axis of size 1, with sizes not known");
    if (named && !one) call.refuse(cat("drops axis ", i, " of ", ir::to_string(x.type())));
    if (!(axes.empty() ? one : named)) shape.push_back(x.shape()[i]);
  }
  return {{ir::reshape(x, std::move(shape)), {}, {}}};
}

Items import_fill(const Call& call) {
  call.expect_inputs(2);
  return {{ir::broadcast_to(call.value(1), call.numbers(0)), {}, {}}};
}

Items import_broadcast_to(const Call& call) {
  call.expect_inputs(2);
  return {{ir::broadcast_to(call.value(0), call.numbers(1)), {}, {}}};
}

Items import_zeros_like(const Call& call) {
  return {{ir::full(call.graph, call.value(0).type(), 0), {}, {}}};
}
Items import_ones_like(const Call& call) { return {{ir::full(call.graph, call.value(0).type(), 1), {}, {}}}; }

constexpr ImportRow rows[] = {
    {"Shape", "output", import_shape},
    {"Rank", "output", import_rank},
    {"Size", "output", import_size},
    {"Reshape", "output", import_reshape},
    {"StridedSlice", "output", import_strided_slice},
    {"Pack", "output", import_pack},
    {"ConcatV2", "output", import_concatenate},
    {"Transpose", "y", import_transpose},
    {"ExpandDims", "output", import_expand_dims},
    {"Squeeze", "output", import_squeeze},
    {"Fill", "output", import_fill},
    {"BroadcastTo", "output", import_broadcast_to},
    {"ZerosLike", "y", import_zeros_like},
    {"OnesLike", "y", import_ones_like},
};

}  // namespace
}  // namespace keratin::tensorflow
namespace keratin {
extern const tensorflow::ImportFamily rows_import_layout{tensorflow::rows};
}
