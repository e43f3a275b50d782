#include "runtime/keras/attention.h"

#include <algorithm>
#include <array>

#include "runtime/core/error.h"
#include "runtime/ir/build_nn.h"
#include "runtime/keras/random.h"

namespace keratin::keras {

using ir::Value;

namespace {

// A mask as Keras casts it: any number but 0 is seen.
Value as_bool(Value mask) { return mask ? ir::cast(mask, DType::boolean) : mask; }

// query, value and key: positional or named.
std::optional<Traced> traced_argument(LowerContext& cx, std::string_view name, std::size_t position) {
  const Argument* found = cx.argument(name, position);
  if (!found) return std::nullopt;
  check(found->is_tensor(), ErrorCode::corrupt_file, "argument ", name, " must be a tensor");
  Traced traced = found->tensor();
  if (is_floating(traced.value.dtype()) && is_floating(cx.compute_dtype()))
    traced.value = ir::cast(traced.value, cx.compute_dtype());
  return traced;
}

Value window_mask(ir::Graph& graph, const ir::Dim& queries, const ir::Dim& keys, std::int64_t size) {
  const ir::Dims shape = {ir::Dim(1), queries, keys};
  const Value distance =
      ir::unary("abs", ir::iota(graph, DType::int32, shape, 1) - ir::iota(graph, DType::int32, shape, 2));
  return ir::compare("less", distance, ir::constant_like(distance, static_cast<double>(size)));
}

// (batch, queries, keys) to (batch, 1, queries, keys), where queries and keys are attended axes each.
Value mask_of_heads(Value mask, std::size_t rank, std::size_t attended) {
  while (mask && mask.rank() < rank)
    mask = ir::expand_dims(mask, mask.rank() < 2 * attended ? 0 : -std::int64_t(2 * attended) - 1);
  return mask;
}

}  // namespace

Value masked_softmax(Value scores, const ir::Ints& axes, Value mask) {
  if (!mask) return ir::softmax(scores, axes);
  if (mask.dtype() != DType::boolean) mask = ir::compare("greater", mask, ir::constant_like(mask, 0.5));
  check(mask.rank() <= scores.rank() && ir::broadcast(mask.shape(), scores.shape()) == scores.shape(),
        ErrorCode::corrupt_file, "a mask ", ir::to_string(mask.type()), " doesn't fit ",
        ir::to_string(scores.type()));
  const double low = scores.dtype() == DType::float16 ? -3e4 : -1e9;
  const Value weights = ir::softmax(ir::select(mask, scores, ir::constant_like(scores, low)), axes);
  return ir::select(mask, weights, ir::constant_like(weights, 0));
}

Value causal_mask(ir::Graph& graph, const ir::Dim& queries, const ir::Dim& keys) {
  const ir::Dims shape = {ir::Dim(1), queries, keys};
  return ir::compare("greater_equal", ir::iota(graph, DType::int32, shape, 1),
                     ir::iota(graph, DType::int32, shape, 2));
}

Value both(Value a, Value b) { return a && b ? ir::binary("logical_and", a, b) : a ? a : b; }

bool flag_argument(LowerContext& cx, std::string_view name, std::size_t position) {
  const Argument* found = cx.argument(name, position);
  return found && found->json().truthy();
}

AttentionCall attention_call(LowerContext& cx, std::optional<std::int64_t> sliding_window) {
  const auto query = traced_argument(cx, "query", 0), value = traced_argument(cx, "value", 1),
             key = traced_argument(cx, "key", 2);
  check(query && value, ErrorCode::corrupt_file, "called without query or value");
  AttentionCall call{*query, *value, key.value_or(*value), {}};
  // Keras takes the query's mask from its tensor alone, the others from the call, else from their tensors.
  const Value query_mask = as_bool(query->mask), given_value = cx.tensor_argument("value_mask", 4),
              given_key = cx.tensor_argument("key_mask", 5);
  const Value value_mask = as_bool(given_value ? given_value : value->mask),
              key_mask = as_bool(given_key ? given_key
                                 : key     ? key->mask
                                           : Value{});
  const Value given = as_bool(cx.tensor_argument("attention_mask", 6));
  const bool causal = flag_argument(cx, "use_causal_mask", 9);
  call.return_scores = flag_argument(cx, "return_attention_scores", 7);
  call.causal_only = causal && !query_mask && !value_mask && !key_mask && !given && !sliding_window;
  if (query_mask) call.mask = ir::expand_dims(query_mask, -1);
  if (value_mask) call.mask = both(call.mask, ir::expand_dims(value_mask, -2));
  if (key_mask) call.mask = both(call.mask, ir::expand_dims(key_mask, -2));
  const ir::Dims &q = query->value.shape(), &v = value->value.shape();
  if (causal && !call.causal_only) call.mask = both(call.mask, causal_mask(cx.graph(), q[1], v[1]));
  if (sliding_window) call.mask = both(call.mask, window_mask(cx.graph(), q[1], v[1], *sliding_window));
  call.mask = both(given, call.mask);
  cx.set_mask(0, query->mask);
  return call;
}

AttentionTypes attention_types(BuildContext& cx) {
  auto type = [&](const char* name, std::size_t position) -> const ir::Type* {
    if (const ir::Type* named = cx.named(name)) return named;
    return position < cx.count() ? &cx.input(position) : nullptr;
  };
  const ir::Type *query = type("query", 0), *value = type("value", 1), *key = type("key", 2);
  check(query && value, ErrorCode::corrupt_file, "called without query or value");
  check(query->rank() >= 3 && value->rank() >= 3, ErrorCode::corrupt_file,
        "query and value want (batch, time, features), got ", ir::to_string(*query), " and ",
        ir::to_string(*value));
  return {*query, *value, key ? *key : *value};
}

std::int64_t known_features(const ir::Type& type) {
  check(type.rank() > 0 && type.shape.back().is_constant(), ErrorCode::corrupt_file, "the last axis of ",
        ir::to_string(type), " must be known to make the weights");
  return type.shape.back().value();
}

namespace {

// The axes of (batch, …, heads, size): those that attention runs over, and the others but the last.
struct HeadsAxes {
  ir::Ints batch, attended, order, inverse;
  HeadsAxes(std::size_t rank, ir::Ints axes) : attended(std::move(axes)) {
    const auto last = static_cast<std::int64_t>(rank) - 1;
    for (std::int64_t axis = 0; axis < last; ++axis)
      if (std::find(attended.begin(), attended.end(), axis) == attended.end()) batch.push_back(axis);
    order = batch;
    order.insert(order.end(), attended.begin(), attended.end());
    order.push_back(last);
    inverse.resize(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      inverse[static_cast<std::size_t>(order[i])] = std::int64_t(i);
  }
  std::size_t split() const { return batch.size(); }
  ir::Dims attended_dims(Value moved) const {
    return {moved.shape().begin() + std::int64_t(split()), moved.shape().end() - 1};
  }
  // x with its attended axes joined to one: (batch…, time, size).
  Value joined(Value x) const {
    x = ir::transpose(x, order);
    ir::Dims shape(x.shape().begin(), x.shape().begin() + std::int64_t(split()));
    shape.push_back(ir::product(attended_dims(x)));
    shape.push_back(x.shape().back());
    return ir::reshape(x, std::move(shape));
  }
};

std::pair<Value, Value> attend_with_scores(LowerContext& cx, const std::array<Value, 3>& qkv, Value mask,
                                           const HeadsAttention& how) {
  const HeadsAxes axes(qkv[0].rank(), how.axes);
  const Value q = axes.joined(qkv[0] * how.scale), k = axes.joined(qkv[1]), v = axes.joined(qkv[2]);
  const auto rank = static_cast<std::int64_t>(q.rank());
  ir::Ints batch;
  for (std::int64_t i = 0; i + 2 < rank; ++i) batch.push_back(i);
  Value scores = ir::dot_general(q, k, {{rank - 1}, {rank - 1}, batch, batch});
  const ir::Dims flat = scores.shape(), tq = axes.attended_dims(ir::transpose(qkv[0], axes.order)),
                 tk = axes.attended_dims(ir::transpose(qkv[1], axes.order));
  ir::Dims shape(flat.begin(), flat.end() - 2);
  shape.insert(shape.end(), tq.begin(), tq.end());
  shape.insert(shape.end(), tk.begin(), tk.end());
  ir::Ints softmax_axes;
  for (std::size_t i = shape.size() - tk.size(); i < shape.size(); ++i)
    softmax_axes.push_back(static_cast<std::int64_t>(i));
  const Value of_heads = mask_of_heads(mask, shape.size(), axes.attended.size());
  scores = masked_softmax(ir::reshape(scores, shape), softmax_axes, of_heads);
  cx.set_mask(1, of_heads);  // Keras' inner Softmax layer leaves it on the scores
  const Value weights = ir::reshape(dropout(cx, scores, how.dropout, scores.shape()), flat);
  const Value y = ir::dot_general(weights, v, {{rank - 1}, {rank - 2}, batch, batch});
  ir::Dims open(y.shape().begin(), y.shape().end() - 2);
  open.insert(open.end(), tq.begin(), tq.end());
  open.push_back(y.shape().back());
  return {ir::transpose(ir::reshape(y, std::move(open)), axes.inverse), scores};
}

}  // namespace

std::pair<Value, Value> attend(LowerContext& cx, Value query, Value key, Value value,
                               const AttentionCall& call, const HeadsAttention& how) {
  if (how.dropout == 0 && !call.return_scores && query.rank() == 4) {
    auto heads_first = [](Value x) { return ir::transpose(x, {0, 2, 1, 3}); };
    const Value y = ir::attention(heads_first(query), heads_first(key), heads_first(value),
                                  mask_of_heads(call.mask, 4, 1), {how.scale, call.causal_only});
    return {heads_first(y), Value{}};
  }
  Value mask = call.mask;
  if (call.causal_only) mask = causal_mask(cx.graph(), query.shape()[1], value.shape()[1]);
  return attend_with_scores(cx, {query, key, value}, mask, how);
}

ScoresCall scores_call(LowerContext& cx) {
  check(cx.count() == 2 || cx.count() == 3, ErrorCode::corrupt_file, "called on ", cx.count(),
        " tensors, expected [query, value] or [query, value, key]");
  return {cx.input(0), cx.input(1), cx.count() == 3 ? cx.input(2) : cx.input(1), cx.mask(0), cx.mask(1)};
}

ir::Values weigh_scores(LowerContext& cx, const ScoresCall& call, Value scores, double rate) {
  Value seen = as_bool(call.value_mask);
  if (seen && seen.rank() == 2) seen = ir::expand_dims(seen, -2);
  if (flag_argument(cx, "use_causal_mask", 4)) {
    const ir::Dims& shape = scores.shape();
    seen = both(seen, causal_mask(cx.graph(), shape[shape.size() - 2], shape.back()));
  }
  if (seen) {
    const double low = scores.dtype() == DType::float16 ? 65504.0 : 1.0e9;
    scores = ir::select(seen, scores, scores - low);
  }
  const Value weights = ir::softmax(scores);
  const auto rank = static_cast<std::int64_t>(weights.rank());
  ir::Ints batch;
  for (std::int64_t i = 0; i + 2 < rank; ++i) batch.push_back(i);
  Value y = ir::dot_general(dropout(cx, weights, rate, weights.shape()), call.value,
                            {{rank - 1}, {rank - 2}, batch, batch});
  if (call.query_mask)
    y = ir::select(ir::expand_dims(as_bool(call.query_mask), -1), y, ir::constant_like(y, 0));
  cx.set_mask(0, call.query_mask);
  if (flag_argument(cx, "return_attention_scores", 3)) return {y, weights};
  return {y};
}

}  // namespace keratin::keras
