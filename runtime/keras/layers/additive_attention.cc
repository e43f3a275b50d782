#include "runtime/keras/attention.h"
#include "runtime/keras/config.h"
#include "runtime/keras/random.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  bool use_scale;
  double dropout;
  std::optional<std::int64_t> seed;

  template <class V>
  void describe(V& v) {
    v("use_scale", use_scale, true);
    v("dropout", dropout, 0.0);
    v("seed", seed, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  if (c.use_scale) cx.add_weight("scale", {cx.known(0, -1)}, "glorot_uniform");
  build_random(cx, c.dropout, c.seed);
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const ScoresCall call = scores_call(cx);
  ir::Value sums = ir::tanh(ir::expand_dims(call.query, -2) + ir::expand_dims(call.key, -3));
  if (c.use_scale) sums = cx.weight("scale") * sums;
  return weigh_scores(cx, call, ir::sum(sums, {-1}), c.dropout);
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,4,3] float32[2,5,3]"},
    {R"({"use_scale": false})", "float32[2,4,3] float32[2,5,6] float32[2,5,3]"},
    {R"({})", "float32[2,4,3] float32[2,5,3]",
     R"({"mask": ["bool[2,4]", "bool[2,5]"], "return_attention_scores": true})"},
    {R"({})", "float32[2,4,3] float32[2,4,3]", R"({"use_causal_mask": true})"},
};

}  // namespace
extern const LayerDef layer_additive_attention = define_layer<Config, build, lower>(
    {.class_name = "AdditiveAttention", .masking = Masking::handles, .cases = cases});
}  // namespace keratin
