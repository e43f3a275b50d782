#include <algorithm>

#include "runtime/train/trade_off.h"
#include "runtime/train/vector.h"

namespace keratin {
namespace {

using namespace train;

enum class Curve { roc, pr, prgain };
enum class Summation { interpolation, minoring, majoring };

struct Config {
  std::int64_t num_thresholds;
  std::string curve, summation_method;
  bool multi_label;
  Json num_labels, label_weights;
  bool from_logits;
  std::optional<Json> thresholds;

  template <class V>
  void describe(V& v) {
    v("num_thresholds", num_thresholds, 200);
    v("curve", curve, "ROC");
    v("summation_method", summation_method, "interpolation");
    v("multi_label", multi_label, false);
    v("num_labels", num_labels, nullptr);
    v("label_weights", label_weights, nullptr);
    v("from_logits", from_logits, false);
    v.optional("thresholds", thresholds);
  }
  bool has_thresholds() const { return thresholds && !thresholds->is_null(); }
};

Curve curve_of(const Config& c) {
  if (c.curve == "ROC" || c.curve == "roc") return Curve::roc;
  if (c.curve == "PR" || c.curve == "pr") return Curve::pr;
  check(c.curve == "PRGAIN" || c.curve == "prgain", ErrorCode::corrupt_file, "curve \"", c.curve,
        "\": expected ROC, PR or PRGAIN");
  return Curve::prgain;
}
Summation summation_of(const Config& c) {
  const std::string& method = c.summation_method;
  if (method == "interpolation" || method == "Interpolation") return Summation::interpolation;
  if (method == "minoring" || method == "Minoring") return Summation::minoring;
  check(method == "majoring" || method == "Majoring", ErrorCode::corrupt_file, "summation_method \"", method,
        "\": expected interpolation, minoring or majoring");
  return Summation::majoring;
}

// From just below 0 to just above 1.
Confusion confusion_of(const Config& c) {
  Confusion made;
  if (c.has_thresholds()) {
    made.thresholds = numbers_of(*c.thresholds);
    std::sort(made.thresholds.begin(), made.thresholds.end());
    made.thresholds.insert(made.thresholds.begin(), 0);
    made.thresholds.push_back(1);
    made.even = are_even(made.thresholds);
  } else {
    check(c.num_thresholds > 1, ErrorCode::corrupt_file, "num_thresholds ", c.num_thresholds,
          ": expected an integer above 1");
    made = evenly_spread(c.num_thresholds);
  }
  made.thresholds.front() = -kEpsilon;
  made.thresholds.back() = 1 + kEpsilon;
  made.multi_label = c.multi_label;
  return made;
}

std::vector<MetricVariable> variables(const MetricContext& cx, const Config& c, const ir::Type& y_pred) {
  std::vector<MetricVariable> made = count_variables(confusion_of(c), all_counts(cx.flavour));
  if (!c.multi_label) return made;
  check(y_pred.rank() == 2 && y_pred.shape[1].is_constant(), ErrorCode::invalid_argument,
        "multi_label: expected predictions of shape (batch, labels), found ", ir::to_string(y_pred));
  for (MetricVariable& variable : made) variable.shape.push_back(y_pred.shape[1].value());
  return made;
}

ir::Values update(MetricContext& cx, const Config& c, const ir::Values& state, const MetricInput& given) {
  MetricInput input = given;
  if (c.from_logits) input.y_pred = ir::unary("sigmoid", input.y_pred);
  Confusion confusion = confusion_of(c);
  if (!c.multi_label && !c.label_weights.is_null())
    confusion.label_weights = vector_of(input.y_pred.graph(), DType::float32, c.label_weights);
  return update_counts(cx, confusion, state, input, all_counts(cx.flavour));
}

// All but the last, and all but the first.
ir::Value before(ir::Value x) { return ir::slice_axis(x, 0, 0, x.shape()[0] - ir::Dim(1)); }
ir::Value after(ir::Value x) { return ir::slice_axis(x, 0, 1, x.shape()[0]); }
ir::Value positive_part(ir::Value x) { return ir::maximum(x, ir::constant_like(x, 0)); }

// The areas between thresholds where precision is interpolated (Davis & Goadrich 2006).
ir::Value precision_recall_areas(const Counts& n) {
  const ir::Value tp = n.true_positives, p = tp + n.false_positives;
  const ir::Value dtp = before(tp) - after(tp);
  const ir::Value slope = divide_no_nan(dtp, positive_part(before(p) - after(p)));
  const ir::Value intercept = after(tp) - slope * after(p);
  const ir::Value zero = ir::constant_like(p, 0);
  auto is_positive = [&](ir::Value x) { return ir::compare("greater", x, zero); };
  const ir::Value both = ir::binary("logical_and", is_positive(before(p)), is_positive(after(p)));
  const ir::Value ratio =
      ir::select(both, divide_no_nan(before(p), positive_part(after(p))), ir::constant_like(p, 1));
  return divide_no_nan(slope * (dtp + intercept * ir::log(ratio)),
                       positive_part(after(tp) + after(n.false_negatives)));
}

struct Points {
  ir::Value x, y;
};
Points points_of(Curve curve, const Counts& n) {
  if (curve == Curve::roc) return {share(n.false_positives, n.true_negatives), n.recall()};
  if (curve == Curve::pr) return {n.recall(), n.precision()};
  // Flach & Kull 2015; without true positives the gains are 0 and 1
  const ir::Value scale =
      divide_no_nan(n.true_positives + n.false_negatives, n.true_negatives + n.false_positives);
  const ir::Value zero = ir::constant_like(scale, 0);
  const ir::Value none = ir::compare("equal", n.true_positives, zero);
  const ir::Value recall = 1.0 - scale * divide_no_nan(n.false_negatives, n.true_positives);
  const ir::Value precision = 1.0 - scale * divide_no_nan(n.false_positives, n.true_positives);
  return {positive_part(ir::select(none, zero, recall)),
          ir::select(none, ir::constant_like(scale, 1), precision)};
}

ir::Value areas(const Config& c, const Counts& counts) {
  const Curve curve = curve_of(c);
  const Summation summation = summation_of(c);
  if (curve == Curve::pr && summation == Summation::interpolation) return precision_recall_areas(counts);
  const Points points = points_of(curve, counts);
  const ir::Value left = before(points.y), right = after(points.y);
  const ir::Value height = summation == Summation::interpolation ? (left + right) / 2.0
                           : summation == Summation::minoring    ? ir::minimum(left, right)
                                                                 : ir::maximum(left, right);
  return (before(points.x) - after(points.x)) * height;
}

ir::Value result(const MetricContext& cx, const Config& c, const ir::Values& state) {
  const ir::Value by_label = ir::sum(areas(c, counts_of(cx.flavour, state)), {0});
  if (!c.multi_label) return by_label;
  if (c.label_weights.is_null()) return ir::mean(by_label, {0});
  const ir::Value weights = vector_of(by_label.graph(), by_label.dtype(), c.label_weights);
  return divide_no_nan(sum_of(by_label * weights), sum_of(weights));
}

constexpr MetricCase cases[] = {
    {R"({})", "bits[20] probabilities[20]"},
    {R"({})", "bits[20] probabilities[20,1] weights[20]"},
    {R"({"num_thresholds": 10})", "bits[20,3] thirds[20,3] weights[20]"},
    {R"({"curve": "PR", "num_thresholds": 20})", "bits[20] probabilities[20]"},
    {R"({"curve": "PR", "num_thresholds": 20, "summation_method": "minoring"})",
     "bits[20] probabilities[20]"},
    {R"({"curve": "PR", "num_thresholds": 20, "summation_method": "majoring"})",
     "bits[20] probabilities[20]"},
    {R"({"curve": "PRGAIN", "num_thresholds": 20})", "bits[20] probabilities[20] weights[20]"},
    {R"({"curve": "PRGAIN", "num_thresholds": 9, "summation_method": "minoring"})", "bits[20] thirds[20]"},
    {R"({"summation_method": "majoring", "num_thresholds": 20})", "bits[20] probabilities[20]"},
    {R"({"thresholds": [0.7, 0.1, 0.4]})", "bits[20] probabilities[20] weights[20]"},
    {R"({"thresholds": [0.25, 0.5, 0.75]})", "bits[20] probabilities[20]"},
    {R"({"from_logits": true, "num_thresholds": 20})", "bits[20] normal[20]"},
    {R"({"multi_label": true, "num_thresholds": 20})", "bits[20,3] probabilities[20,3] weights[20]"},
    {R"({"multi_label": true, "num_labels": 3, "label_weights": [0.5, 1.0, 2.0], "num_thresholds": 9})",
     "bits[20,3] probabilities[20,3]"},
    {R"({"multi_label": true, "thresholds": [0.3, 0.8], "curve": "PR"})",
     "bits[20,3] probabilities[20,3] weights[20]"},
    {R"({"label_weights": [0.5, 1.0, 2.0], "num_thresholds": 9})",
     "bits[20,3] probabilities[20,3] weights[20]"},
    {R"({"label_weights": [0.5, 1.0, 2.0], "thresholds": [0.3, 0.8]})", "bits[20,3] probabilities[20,3]"},
    {R"({"num_thresholds": 5})", "bits[9] zeros[9]"},
};

}  // namespace
extern const MetricDef metric_auc = define_metric<Config, variables, update, result>(
    {.class_name = "AUC", .default_name = "auc", .cases = cases});
}  // namespace keratin
