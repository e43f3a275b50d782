#include "runtime/ir/build_nn.h"
#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  keras::Number q;

  template <class V>
  void describe(V& v) {
    v("q", q, 0.5);
  }
};

ir::Value values(LossContext&, ir::Value y_true, ir::Value y_pred, const Config& c) {
  check(0 < c.q.value && c.q.value < 1, ErrorCode::corrupt_file, "q ", c.q.value,
        ": expected a number between 0 and 1");
  const ir::Value classes = ir::cast(y_true, DType::int32);
  const ir::Value hot = ir::one_hot(classes, y_pred.shape().back(), y_pred.dtype());
  const ir::Value p = ir::sum(y_pred * hot, {-1});
  return (1.0 - ir::binary("power", p, ir::constant_like(p, c.q.value))) / c.q.value;
}

constexpr LossCase cases[] = {
    {R"({})", "classes3[4] distribution[4,3]"},
    {R"({"q": 0.7})", "classes3[4] probabilities[4,3] weights[4]"},
    {R"({"q": 0.2, "dtype": "float64"})", "classes3[4,5] distribution[4,5,3]"},
};

}  // namespace
extern const LossDef loss_categorical_generalized_cross_entropy =
    define_loss<Config, values>({.class_name = "CategoricalGeneralizedCrossEntropy",
                                 .function_name = "categorical_generalized_cross_entropy",
                                 .casts_targets = false,
                                 .cases = cases});
}  // namespace keratin
