#include <cmath>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/keras/attention.h"
#include "runtime/keras/config.h"
#include "runtime/keras/projection.h"
#include "runtime/keras/random.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::int64_t num_heads, key_dim;
  std::optional<std::int64_t> value_dim;
  double dropout;
  bool use_bias, use_gate;
  std::optional<Axes> output_shape, attention_axes;
  std::optional<std::int64_t> sliding_window;
  ProjectionConfig projection;
  std::optional<std::int64_t> seed;

  template <class V>
  void describe(V& v) {
    v("num_heads", num_heads);
    v("key_dim", key_dim);
    v("value_dim", value_dim, nullptr);
    v("dropout", dropout, 0.0);
    v("use_bias", use_bias, true);
    v("use_gate", use_gate, false);
    v("output_shape", output_shape, nullptr);
    v("attention_axes", attention_axes, nullptr);
    v("sliding_window", sliding_window, nullptr);
    projection.describe(v);
    v("seed", seed, nullptr);
    for (const char* key : {"query_shape", "key_shape", "value_shape"}) v.dropped(key);  // of tf.keras
  }
};

void build(BuildContext& cx, const Config& c) {
  check(c.num_heads > 0 && c.key_dim > 0 && c.value_dim.value_or(1) > 0, ErrorCode::corrupt_file,
        "num_heads, key_dim and value_dim must be positive");
  const AttentionTypes types = attention_types(cx);
  const std::int64_t value_dim = c.value_dim.value_or(c.key_dim);
  auto project = [&](const char* name, const char* attribute, const char* old, const ir::Type& type,
                     std::int64_t size, const char* activation) {
    return add_projection(cx, c.projection,
                          {.attribute = attribute,
                           .old_attribute = old,
                           .name = name,
                           .outputs = {c.num_heads, size},
                           .use_bias = c.use_bias,
                           .activation = activation},
                          type);
  };
  project("query", "query_dense", "_query_dense", types.query, c.key_dim, "linear");
  project("key", "key_dense", "_key_dense", types.key, c.key_dim, "linear");
  if (c.use_gate) project("gate", "_gate_dense", "_gate_dense", types.query, value_dim, "sigmoid");
  project("value", "value_dense", "_value_dense", types.value, value_dim, "linear");
  ir::Type heads = types.query;
  heads.shape.back() = ir::Dim(c.num_heads);
  heads.shape.push_back(ir::Dim(value_dim));
  add_projection(cx, c.projection,
                 {.attribute = "output_dense",
                  .old_attribute = "_output_dense",
                  .name = "attention_output",
                  .bound = 2,
                  .outputs = c.output_shape ? c.output_shape->values : ir::Ints{known_features(types.query)},
                  .use_bias = c.use_bias},
                 heads);
  build_random(cx, c.dropout, c.seed);
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const AttentionCall call = attention_call(cx, c.sliding_window);
  for (const Traced& taken : {call.query, call.value, call.key}) cx.lowering.unmasked.push_back(taken.value);
  const ir::Value query = cx.run(cx.child("query_dense"), call.query.value),
                  key = cx.run(cx.child("key_dense"), call.key.value),
                  value = cx.run(cx.child("value_dense"), call.value.value);
  HeadsAttention how{1 / std::sqrt(static_cast<double>(c.key_dim)), c.dropout, {}};
  if (c.attention_axes) {
    for (std::int64_t axis : c.attention_axes->values)
      how.axes.push_back(normalize_axis(axis, query.rank() - 1));
  } else {
    for (std::size_t axis = 1; axis + 2 < query.rank(); ++axis) how.axes.push_back(std::int64_t(axis));
  }
  auto [y, scores] = attend(cx, query, key, value, call, how);
  if (c.use_gate) y = y * cx.run(cx.child("_gate_dense"), call.query.value);
  y = cx.run(cx.child("output_dense"), y);
  if (call.return_scores) return {y, scores};
  return {y};
}

constexpr LayerCase cases[] = {
    {R"({"num_heads": 2, "key_dim": 3})", "float32[2,4,6] float32[2,4,6]"},
    {R"({"num_heads": 2, "key_dim": 3, "value_dim": 5, "use_bias": false, "output_shape": [7]})",
     "float32[2,4,6] float32[2,5,3] float32[2,5,4]"},
    {R"({"num_heads": 2, "key_dim": 3})", "float32[2,4,6] float32[2,4,6]", R"({"use_causal_mask": true})"},
    {R"({"num_heads": 2, "key_dim": 3})", "float32[2,4,6] float32[2,5,6]",
     R"({"attention_mask": "bool[2,4,5]"})"},
    {R"({"num_heads": 2, "key_dim": 3})", "float32[2,4,6] float32[2,5,6]", R"({"value_mask": "bool[2,5]"})"},
    {R"({"num_heads": 2, "key_dim": 3})", "float32[2,4,6] float32[2,5,6]",
     R"({"return_attention_scores": true, "attention_mask": "bool[2,4,5]", "use_causal_mask": true})"},
    {R"({"num_heads": 2, "key_dim": 3, "dropout": 0.1, "sliding_window": 2})",
     "float32[2,4,6] float32[2,4,6]"},
    {R"({"num_heads": 2, "key_dim": 3, "use_gate": true})", "float32[2,4,6] float32[2,4,6]"},
    {R"({"num_heads": 2, "key_dim": 3, "attention_axes": [2]})", "float32[2,3,4,6] float32[2,3,5,6]"},
    {R"({"num_heads": 2, "key_dim": 3})", "float32[2,3,4,6] float32[2,3,5,6]"},
    {R"({"num_heads": 2, "key_dim": 3, "dtype": "mixed_float16"})", "float32[2,4,6] float32[2,4,6]"},
};

}  // namespace
extern const LayerDef layer_multi_head_attention = define_layer<Config, build, lower>(
    {.class_name = "MultiHeadAttention", .masking = Masking::handles, .cases = cases});
}  // namespace keratin
