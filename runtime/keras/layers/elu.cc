#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  double alpha;

  template <class V>
  void describe(V& v) {
    v("alpha", alpha, 1.0);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  return {cx.graph().add("elu", {cx.input()}, {{"alpha", c.alpha}})};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,5]"},
    {R"({"alpha": 0.5})", "float32[2,3,4]"},
};

}  // namespace
extern const LayerDef layer_elu = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "ELU", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
