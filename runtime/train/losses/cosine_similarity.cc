#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  std::optional<std::int64_t> axis;  // Keras 3 forgets it when it saves

  template <class V>
  void describe(V& v) {
    v.optional("axis", axis);
  }
};

// Of length 1. Keras 3 bounds the factor, tf_keras the squared length.
ir::Value normalized(LossContext& cx, ir::Value x, std::int64_t axis) {
  const ir::Value squares = ir::sum(ir::square(x), {axis}, ir::Keep::yes);
  if (cx.keras3()) return x * ir::minimum(ir::rsqrt(squares), ir::constant_like(x, 1 / kEpsilon));
  return x * ir::rsqrt(ir::maximum(squares, ir::constant_like(x, 1e-12)));
}

ir::Value values(LossContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  if (cx.keras3()) std::tie(y_true, y_pred) = squeeze_or_expand(y_true, y_pred);
  const std::int64_t axis = c.axis.value_or(-1);
  return -ir::sum(normalized(cx, y_true, axis) * normalized(cx, y_pred, axis), {axis});
}

constexpr const char* aliases[] = {"cosine_proximity", "cosine"};
constexpr LossCase cases[] = {
    {R"({})", "normal[4,3] normal[4,3]"},
    {R"({"axis": 1, "dtype": "float64"})", "normal[4,5,3] normal[4,5,3] weights[4,3]"},
    {R"({"axis": -2})", "normal[4,5,3] normal[4,5,3]"},
};

}  // namespace
extern const LossDef loss_cosine_similarity =
    define_loss<Config, values>({.class_name = "CosineSimilarity",
                                 .function_name = "cosine_similarity",
                                 .aliases = aliases,
                                 .cases = cases});
}  // namespace keratin
