#include "runtime/keras/merging.h"

#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin::keras {

using ir::Value;
using ir::Values;

Values merge_inputs(LowerContext& cx, std::size_t least) {
  Values inputs = promoted(cx.inputs());
  check(inputs.size() >= least, ErrorCode::corrupt_file, "called on ", inputs.size(),
        " tensors, expected at least ", least);
  std::size_t rank = 0;
  for (const Value& input : inputs) rank = std::max(rank, input.rank());
  for (Value& input : inputs) {
    ir::Dims shape = input.shape();
    if (!shape.empty()) shape.insert(shape.begin() + 1, rank - shape.size(), ir::Dim(1));
    input = ir::reshape(input, std::move(shape));
  }
  return inputs;
}

namespace {

bool is_before_3(const LowerContext& cx) { return cx.layer.generation < 3; }

bool any_mask(const LowerContext& cx) {
  for (std::size_t i = 0; i < cx.count(); ++i)
    if (cx.mask(i)) return true;
  return false;
}

bool same_masks(const LowerContext& cx) {
  for (std::size_t i = 1; i < cx.count(); ++i)
    if (cx.mask(i) != cx.mask(0)) return false;
  return true;
}

void only_before_3(LowerContext& cx, const char* what) {
  cx.lowering.only_before_3.push_back(
      cat("layer \"", cx.layer.name, "\" (", cx.layer.file_class_name(), ") ", what));
}

// Keras 1 and 2: seen where all inputs that have a mask are seen.
void merge_old_masks(LowerContext& cx) {
  Value joined;
  for (std::size_t i = 0; i < cx.count(); ++i)
    if (const Value mask = cx.mask(i)) joined = joined ? ir::binary("logical_and", joined, mask) : mask;
  cx.set_mask(0, joined);
  if (!same_masks(cx)) only_before_3(cx, "joins different masks");
}

}  // namespace

void merge_masks(LowerContext& cx) {
  if (is_before_3(cx)) return merge_old_masks(cx);
  Value joined = cx.mask(0);
  for (std::size_t i = 1; i < cx.count() && joined; ++i) {
    const Value mask = cx.mask(i);
    joined = mask ? ir::binary("logical_or", joined, mask) : Value{};
  }
  cx.set_mask(0, joined);
}

Value mask_for(Value mask, Value x) {
  ir::Dims shape = mask.shape();
  check(shape.size() <= x.rank(), ErrorCode::corrupt_file, "a mask of shape ", ir::to_string(shape),
        " doesn't fit the tensor ", ir::to_string(x.type()));
  shape.resize(x.rank(), ir::Dim(1));
  return ir::broadcast_to(ir::reshape(mask, std::move(shape)), x.shape());
}

Value merge_sum(const Values& inputs) {
  Value total = inputs[0];
  for (std::size_t i = 1; i < inputs.size(); ++i) total = total + inputs[i];
  return total;
}

void concatenate_masks(LowerContext& cx, const Values& inputs, std::int64_t axis) {
  if (!any_mask(cx)) return;
  const bool old = is_before_3(cx);
  if (old && !same_masks(cx)) only_before_3(cx, "joins different masks");
  Values masks;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Value mask = cx.mask(i);
    masks.push_back(mask ? mask_for(mask, inputs[i])
                         : ir::full(cx.graph(), {DType::boolean, inputs[i].shape()}, 1));
  }
  cx.set_mask(0, ir::reduce(old ? "reduce_all" : "reduce_any", ir::concatenate(masks, axis), {-1}));
}

Value merge_before_3(LowerContext& cx, const char* op) {
  if (any_mask(cx)) only_before_3(cx, "counts masked values");
  merge_masks(cx);
  const Values inputs = merge_inputs(cx);
  Value result = inputs[0];
  for (std::size_t i = 1; i < inputs.size(); ++i) result = ir::binary(op, result, inputs[i]);
  return result;
}

Value merge_extreme(LowerContext& cx, const char* op) {
  if (is_before_3(cx)) return merge_before_3(cx, op);
  const Values inputs = merge_inputs(cx);
  Value result = inputs[0], seen = cx.mask(0) ? mask_for(cx.mask(0), inputs[0]) : Value{};
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    Value x = inputs[i], mask = cx.mask(i) ? mask_for(cx.mask(i), x) : Value{};
    if (mask) x = ir::select(mask, x, result);
    if (seen) result = ir::select(seen, result, x);
    seen = mask && seen ? ir::binary("logical_or", seen, mask) : Value{};
    result = ir::binary(op, result, x);
  }
  if (seen) cx.set_mask(0, ir::reduce("reduce_any", seen, {-1}));
  return result;
}

Value batch_dot(Value a, Value b, std::int64_t axis_a, std::int64_t axis_b, bool normalize) {
  axis_a = normalize_axis(axis_a, a.rank());
  axis_b = normalize_axis(axis_b, b.rank());
  check(axis_a > 0 && axis_b > 0, ErrorCode::corrupt_file, "axis 0 is the batch, it can't be contracted");
  auto unit = [](Value x, std::int64_t axis) {
    const Value squares = ir::sum(ir::square(x), {axis}, ir::Keep::yes);
    return x * ir::minimum(ir::rsqrt(squares), ir::constant_like(x, 1e7));
  };
  if (normalize) a = unit(a, axis_a), b = unit(b, axis_b);
  const Value y = ir::dot_general(a, b, {{axis_a}, {axis_b}, {0}, {0}});
  return y.rank() == 1 ? ir::expand_dims(y, 1) : y;
}

}  // namespace keratin::keras
