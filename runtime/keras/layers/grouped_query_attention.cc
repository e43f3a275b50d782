#include <cmath>

#include "runtime/core/error.h"
#include "runtime/keras/attention.h"
#include "runtime/keras/config.h"
#include "runtime/keras/projection.h"
#include "runtime/keras/random.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::int64_t head_dim, num_query_heads, num_key_value_heads;
  bool use_bias, use_gate;
  std::optional<std::int64_t> sliding_window;
  double dropout;
  ProjectionConfig projection;
  std::optional<std::int64_t> seed;

  template <class V>
  void describe(V& v) {
    v("head_dim", head_dim);
    v("num_query_heads", num_query_heads);
    v("num_key_value_heads", num_key_value_heads);
    v("use_bias", use_bias, true);
    v("use_gate", use_gate, false);
    v("sliding_window", sliding_window, nullptr);
    v("dropout", dropout, 0.0);
    projection.describe(v);
    v("seed", seed, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  check(c.head_dim > 0 && c.num_query_heads > 0 && c.num_key_value_heads > 0 &&
            c.num_query_heads % c.num_key_value_heads == 0,
        ErrorCode::corrupt_file, "num_query_heads must be a multiple of num_key_value_heads, all positive");
  const AttentionTypes types = attention_types(cx);
  auto project = [&](const char* name, const char* attribute, const ir::Type& type, std::int64_t heads,
                     const char* activation) {
    add_projection(cx, c.projection,
                   {.attribute = attribute,
                    .old_attribute = attribute,
                    .name = name,
                    .outputs = {heads, c.head_dim},
                    .use_bias = c.use_bias,
                    .activation = activation},
                   type);
  };
  project("query", "_query_dense", types.query, c.num_query_heads, "linear");
  project("key", "_key_dense", types.key, c.num_key_value_heads, "linear");
  if (c.use_gate) project("gate", "_gate_dense", types.query, c.num_query_heads, "sigmoid");
  project("value", "_value_dense", types.value, c.num_key_value_heads, "linear");
  ir::Type heads = types.query;
  heads.shape.back() = ir::Dim(c.num_query_heads);
  heads.shape.push_back(ir::Dim(c.head_dim));
  add_projection(cx, c.projection,
                 {.attribute = "_output_dense",
                  .old_attribute = "_output_dense",
                  .name = "attention_output",
                  .bound = 2,
                  .outputs = {known_features(types.query)},
                  .use_bias = c.use_bias},
                 heads);
  build_random(cx, c.dropout, c.seed);
}

// (batch, time, heads, size): each head repeats times in a row.
ir::Value repeated(ir::Value x, std::int64_t repeats) {
  if (repeats == 1) return x;
  const ir::Dims shape = x.shape();
  const ir::Value wide =
      ir::broadcast_to(ir::expand_dims(x, 3), {shape[0], shape[1], shape[2], ir::Dim(repeats), shape[3]});
  return ir::reshape(wide, {shape[0], shape[1], shape[2] * ir::Dim(repeats), shape[3]});
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const AttentionCall call = attention_call(cx, c.sliding_window);
  const std::int64_t repeats = c.num_query_heads / c.num_key_value_heads;
  const ir::Value query = cx.run(cx.child("_query_dense"), call.query.value),
                  key = repeated(cx.run(cx.child("_key_dense"), call.key.value), repeats),
                  value = repeated(cx.run(cx.child("_value_dense"), call.value.value), repeats);
  const HeadsAttention how{1 / std::sqrt(static_cast<double>(c.head_dim)), c.dropout, {1}};
  auto [y, scores] = attend(cx, query, key, value, call, how);
  if (c.use_gate) y = y * cx.run(cx.child("_gate_dense"), call.query.value);
  y = cx.run(cx.child("_output_dense"), y);
  if (call.return_scores) return {y, scores};
  return {y};
}

constexpr LayerCase cases[] = {
    {R"({"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2})", "float32[2,4,6] float32[2,5,6]"},
    {R"({"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 1, "use_bias": false})",
     "float32[2,4,6] float32[2,4,6]", R"({"use_causal_mask": true})"},
    {R"({"head_dim": 3, "num_query_heads": 2, "num_key_value_heads": 2, "use_gate": true})",
     "float32[2,4,6] float32[2,4,6]", R"({"attention_mask": "bool[2,4,4]"})"},
    {R"({"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, "sliding_window": 2})",
     "float32[2,4,6] float32[2,4,6]", R"({"return_attention_scores": true})"},
};

// Configs have its public name, weight paths its own.
constexpr const char* old_names[] = {"GroupQueryAttention"};
void amend(const Layer&, Json& object) { object["class_name"] = "GroupQueryAttention"; }

}  // namespace
extern const LayerDef layer_grouped_query_attention =
    define_layer<Config, build, lower>({.class_name = "GroupedQueryAttention",
                                        .masking = Masking::handles,
                                        .old_names = old_names,
                                        .cases = cases,
                                        .amend = amend});
}  // namespace keratin
