// What the attention layers share: their arguments with masks, masks of scores, softmax under a mask.
#pragma once

#include "runtime/keras/lower.h"

namespace keratin::keras {

// As the layer Softmax: unseen places get a large negative score, and a weight of 0. mask may be null.
ir::Value masked_softmax(ir::Value scores, const ir::Ints& axes, ir::Value mask);

// (1, queries, keys): a query sees the keys up to its own place.
ir::Value causal_mask(ir::Graph& graph, const ir::Dim& queries, const ir::Dim& keys);
// Both, where a null mask sees everything.
ir::Value both(ir::Value a, ir::Value b);

// The call of MultiHeadAttention and GroupedQueryAttention.
struct AttentionCall {
  Traced query, value, key;
  ir::Value
      mask;  // bool (batch, queries, keys) or with more axes; all masks but the plain causal one; or null
  bool causal_only = false;
  bool return_scores = false;
};
AttentionCall attention_call(LowerContext& cx, std::optional<std::int64_t> sliding_window);
// The types that query, value and key have when the layer is built.
struct AttentionTypes {
  ir::Type query, value, key;
};
AttentionTypes attention_types(BuildContext& cx);
// The size of the last axis. Throws Error{corrupt_file} when it isn't known.
std::int64_t known_features(const ir::Type& type);

// Weighted values and scores of heads (batch, time…, heads, size), by Keras' two ways: the fused one, whose
// scores are null, and the one that has scores.
struct HeadsAttention {
  double scale = 1;
  double dropout = 0;
  ir::Ints axes = {1};  // that attention runs over
};
std::pair<ir::Value, ir::Value> attend(LowerContext& cx, ir::Value query, ir::Value key, ir::Value value,
                                       const AttentionCall& call, const HeadsAttention& how);

// Keras' flag of a call: given by name or position, else false.
bool flag_argument(LowerContext& cx, std::string_view name, std::size_t position = SIZE_MAX);

// The call of Attention and AdditiveAttention: [query, value] or [query, value, key], masks of these.
struct ScoresCall {
  ir::Value query, value, key, query_mask, value_mask;
};
ScoresCall scores_call(LowerContext& cx);
// The results of these layers out of scores (batch, queries, keys); sets the mask.
ir::Values weigh_scores(LowerContext& cx, const ScoresCall& call, ir::Value scores, double dropout);

}  // namespace keratin::keras
