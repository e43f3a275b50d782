#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  double l1, l2;

  template <class V>
  void describe(V& v) {
    v("l1", l1, 0.0);
    v("l2", l2, 0.0);
  }
};

// A training step adds the penalty, as it does for every layer's activity_regularizer.
ir::Values lower(LowerContext& cx, const Config&) { return {cx.input()}; }

constexpr LayerCase cases[] = {
    {R"({"l1": 0.1, "l2": 0.2})", "float32[2,5]"},
};

}  // namespace
extern const LayerDef layer_activity_regularization = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "ActivityRegularization", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
