#include "runtime/keras/attention.h"

#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/random.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  bool use_scale;
  std::string score_mode;
  double dropout;
  std::optional<std::int64_t> seed;

  template <class V>
  void describe(V& v) {
    v("use_scale", use_scale, false);
    v("score_mode", score_mode, "dot");
    v("dropout", dropout, 0.0);
    v("seed", seed, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  check(c.score_mode == "dot" || c.score_mode == "concat", ErrorCode::corrupt_file, "score_mode \"",
        c.score_mode, "\": expected dot or concat");
  if (c.use_scale) cx.add_weight("scale", {}, "ones");
  if (c.score_mode == "concat") cx.add_weight("concat_score_weight", {}, "ones");
  build_random(cx, c.dropout, c.seed);
}

ir::Value scores(LowerContext& cx, const Config& c, const ScoresCall& call) {
  if (c.score_mode == "dot") {
    const auto rank = static_cast<std::int64_t>(call.query.rank());
    ir::Ints batch;
    for (std::int64_t i = 0; i + 2 < rank; ++i) batch.push_back(i);
    const ir::Value dots = ir::dot_general(call.query, call.key, {{rank - 1}, {rank - 1}, batch, batch});
    return c.use_scale ? dots * cx.weight("scale") : dots;
  }
  ir::Value sums = ir::expand_dims(call.query, -2) + ir::expand_dims(call.key, -3);
  if (c.use_scale) sums = cx.weight("scale") * sums;
  return cx.weight("concat_score_weight") * ir::sum(ir::tanh(sums), {-1});
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const ScoresCall call = scores_call(cx);
  return weigh_scores(cx, call, scores(cx, c, call), c.dropout);
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,4,3] float32[2,5,3]"},
    {R"({"use_scale": true, "dropout": 0.2})", "float32[2,4,3] float32[2,5,6] float32[2,5,3]"},
    {R"({"score_mode": "concat", "use_scale": true})", "float32[2,4,3] float32[2,5,3]"},
    {R"({"score_mode": "concat"})", "float32[2,4,3] float32[2,5,3]", R"({"use_causal_mask": true})"},
    {R"({})", "float32[2,4,3] float32[2,5,3]", R"({"mask": ["bool[2,4]", "bool[2,5]"]})"},
    {R"({})", "float32[2,4,3] float32[2,4,3]",
     R"({"use_causal_mask": true, "return_attention_scores": true, "mask": ["bool[2,4]", "bool[2,4]"]})"},
};

}  // namespace
extern const LayerDef layer_attention = define_layer<Config, build, lower>(
    {.class_name = "Attention", .masking = Masking::handles, .cases = cases});
}  // namespace keratin
