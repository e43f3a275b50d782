#include "runtime/ir/build_nn.h"
#include "runtime/train/cross_entropy.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  bool from_logits;
  Json ignore_class;
  std::optional<std::int64_t> axis;  // Keras forgets it when it saves

  template <class V>
  void describe(V& v) {
    v("from_logits", from_logits, false);
    v("ignore_class", ignore_class, nullptr);
    v.optional("axis", axis);
  }
};

// Class numbers in the shape of the results; y_pred with its classes last.
void bring_to_shape(LossContext& cx, ir::Value& y_true, ir::Value& y_pred, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(y_pred.rank());
  check(-rank <= axis && axis < rank, ErrorCode::corrupt_file, "axis ", axis, " of predictions of rank ",
        rank);
  if (cx.keras3()) {
    check(axis == -1 || axis == rank - 1, ErrorCode::unsupported, "axis ", axis,
          ": Keras on TensorFlow knows the last axis alone");
    if (y_true.rank() == y_pred.rank()) y_true = ir::squeeze(y_true, -1);
    check_same_shape(y_true, ir::reduce("reduce_max", y_pred, {-1}));
    return;
  }
  if (axis < 0) axis += rank;
  ir::Ints order;
  for (std::int64_t i = 0; i < rank; ++i)
    if (i != axis) order.push_back(i);
  order.push_back(axis);
  y_pred = ir::transpose(y_pred, order);
  ir::Dims shape = y_pred.shape();
  shape.pop_back();
  y_true = ir::reshape(y_true, shape);
}

ir::Value values(LossContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  Logits prediction{y_pred, c.from_logits};
  // Keras 3 replaces ignored predictions first, and no longer sees what they came from
  if (!cx.keras3() || c.ignore_class.is_null()) prediction = logits_of(y_pred, c.from_logits);
  ir::Value x = prediction.value;
  bring_to_shape(cx, y_true, x, c.axis.value_or(-1));
  ir::Value classes = ir::cast(y_true, DType::int64);
  if (!c.ignore_class.is_null()) {
    const auto ignored = static_cast<double>(c.ignore_class.as_integer());
    cx.mask = ir::compare("not_equal", classes, ir::constant_like(classes, ignored));
    classes = ir::select(cx.mask, classes, ir::constant_like(classes, 0));
  }
  if (!prediction.from_logits) x = ir::log(clip(x, kEpsilon, 1 - kEpsilon));
  // A negative class isn't one counted from the end, but one too many
  const ir::Value zero = ir::constant_like(classes, 0);
  const ir::Value count = ir::dimension(x.graph(), x.shape().back(), DType::int64);
  classes = ir::select(ir::compare("less", classes, zero), count, classes);
  const ir::Value found = ir::gather_along(ir::log_softmax(x), ir::expand_dims(classes, -1), -1);
  const ir::Value losses = -ir::squeeze(found, -1);
  return cx.mask ? ir::select(cx.mask, losses, ir::constant_like(losses, 0)) : losses;
}

constexpr LossCase cases[] = {
    {R"({})", "classes3[4] distribution[4,3]"},
    {R"({})", "classes3[4,1] probabilities[4,3] weights[4]"},
    {R"({"from_logits": true})", "classes3[4] normal[4,3] weights[4]"},
    {R"({"from_logits": true})", "classes3[4,5] normal[4,5,3] weights[4,1]"},
    {R"({"from_logits": true, "dtype": "float64"})", "classes3[4,5,1] normal[4,5,3]"},
    {R"({"ignore_class": 1, "from_logits": true})", "classes3[4,5] normal[4,5,3] weights[4,5]"},
    {R"({"ignore_class": 2})", "classes3[4,5] distribution[4,5,3]"},
    {R"({"ignore_class": -1, "reduction": "mean_with_sample_weight"})", "voids3[4,5] distribution[4,5,3]"},
    {R"({})", "classes3[4] softmax[4,3]"},
    {R"({"from_logits": true})", "classes3[4] softmax[4,3] weights[4]"},
    {R"({"ignore_class": 2})", "classes3[4] softmax[4,3]"},
    {R"({"from_logits": true})", "classes3[4] large[4,3]"},
    {R"({"dtype": "float64"})", "classes3[4] one_hot[4,3]"},
};

}  // namespace
extern const LossDef loss_sparse_categorical_crossentropy =
    define_loss<Config, values>({.class_name = "SparseCategoricalCrossentropy",
                                 .function_name = "sparse_categorical_crossentropy",
                                 .casts_targets = false,
                                 .cases = cases});
}  // namespace keratin
