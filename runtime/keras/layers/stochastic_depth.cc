#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/random.h"

namespace keratin {
namespace {

using namespace keras;

// Of keras.applications' ConvNeXt models: drops whole samples of a batch.
struct Config {
  double drop_path_rate;

  template <class V>
  void describe(V& v) {
    v("drop_path_rate", drop_path_rate);
  }
};

void build(BuildContext& cx, const Config& c) { build_random(cx, c.drop_path_rate, std::nullopt); }

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value x = cx.input();
  ir::Dims samples(x.rank(), ir::Dim(1));
  if (!samples.empty()) samples[0] = x.shape()[0];
  return {dropout(cx, x, c.drop_path_rate, samples)};
}

void amend(const Layer&, Json& object) {
  object["module"] = "keras.src.applications.convnext";
  object["registered_name"] = "StochasticDepth";
}

constexpr LayerCase cases[] = {{R"({"drop_path_rate": 0.25})", "float32[2,4,3]"}};

}  // namespace
extern const LayerDef layer_stochastic_depth =
    define_layer<Config, build, lower>({.class_name = "StochasticDepth", .cases = cases, .amend = amend});
}  // namespace keratin
