#include <algorithm>
#include <cmath>

#include "runtime/train/optimizer.h"
#include "runtime/train/pattern.h"
#include "runtime/train/regularizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number adam_beta_1, adam_beta_2, epsilon;
  std::vector<std::string> exclude_layers;
  Number muon_a, muon_b, muon_c, adam_lr_ratio, momentum;
  std::int64_t ns_steps;
  bool nesterov, exclude_embeddings;
  std::optional<Number> adam_weight_decay, rms_rate;

  template <class V>
  void describe(V& v) {
    v("adam_beta_1", adam_beta_1, 0.9);
    v("adam_beta_2", adam_beta_2, 0.999);
    v("epsilon", epsilon, 1e-7);
    v("exclude_layers", exclude_layers, Json(Json::Array{}));
    v("muon_a", muon_a, 3.4445);
    v("muon_b", muon_b, -4.775);
    v("muon_c", muon_c, 2.0315);
    v("adam_lr_ratio", adam_lr_ratio, 1);
    v("momentum", momentum, 0.95);
    v("ns_steps", ns_steps, 5);
    v("nesterov", nesterov, true);
    v("exclude_embeddings", exclude_embeddings, true);
    v("adam_weight_decay", adam_weight_decay, 0.004);
    v("rms_rate", rms_rate, 0.2);
  }
};

// What isn't a matrix, embeddings and the excluded layers are left to Adam.
bool takes_adam(const Config& c, const Variable& variable) {
  if (variable.shape().size() != 2) return true;
  std::string path = variable.path;
  std::transform(path.begin(), path.end(), path.begin(), [](unsigned char x) { return std::tolower(x); });
  if (c.exclude_embeddings && path.find("embedding") != std::string::npos) return true;
  return std::any_of(c.exclude_layers.begin(), c.exclude_layers.end(),
                     [&](const std::string& pattern) { return finds(pattern, variable.path); });
}

void slots(const Config& c, SlotContext& cx) {
  check(c.ns_steps >= 0 && c.ns_steps <= 100, ErrorCode::corrupt_file, "\"ns_steps\" is ", c.ns_steps,
        ": expected 0 to 100");
  cx.add({"momentum", nullptr, nullptr});
  if (takes_adam(c, cx.variable)) cx.add({"velocity", nullptr, nullptr});
}

std::optional<double> decay_of(const Config& c, const Optimizer& optimizer, const Variable& variable) {
  const std::optional<Number>& decay =
      takes_adam(c, variable) ? c.adam_weight_decay : optimizer.common.weight_decay;
  return decay ? std::optional(decay->value) : std::nullopt;
}

void update_by_adam(const Config& c, UpdateContext& cx) {
  const ir::Value g = cx.gradient(), m = cx.slot("momentum"), v = cx.slot("velocity");
  const ir::Value correction =
      ir::sqrt(1.0 - cx.power_of_step(c.adam_beta_2.value)) / (1.0 - cx.power_of_step(c.adam_beta_1.value));
  const ir::Value mean = cx.set_slot("momentum", m + (g - m) * cx.complement(c.adam_beta_1.value));
  const ir::Value spread =
      cx.set_slot("velocity", v + (ir::square(g) - v) * cx.complement(c.adam_beta_2.value));
  const ir::Value alpha = cx.learning_rate() * c.adam_lr_ratio.value * correction;
  cx.set_variable(cx.variable() - mean * alpha / (ir::sqrt(spread) + c.epsilon.value));
}

// The nearest orthogonal matrix, roughly, by a few steps of Newton and Schulz.
ir::Value orthogonal(const Config& c, ir::Value x) {
  const bool tall = x.shape()[0].value() > x.shape()[1].value();
  if (tall) x = ir::transpose(x, {1, 0});
  x = x / (ir::sqrt(sum_all(ir::square(x))) + 1e-7);
  for (std::int64_t i = 0; i < c.ns_steps; ++i) {
    const ir::Value a = ir::dot_general(x, x, {{1}, {1}, {}, {}});
    const ir::Value b = a * c.muon_b.value + ir::dot(a * c.muon_c.value, a);
    x = x * c.muon_a.value + ir::dot(b, x);
  }
  return tall ? ir::transpose(x, {1, 0}) : x;
}

void update(const Config& c, UpdateContext& cx) {
  if (cx.has("velocity")) return update_by_adam(c, cx);
  const ir::Value g = cx.gradient(), old = cx.slot("momentum");
  const ir::Value m = cx.set_slot("momentum", old + (g + old * (c.momentum.value - 1)));
  ir::Value step = cx.learning_rate() * orthogonal(c, c.nesterov ? g + m * c.momentum.value : m);
  if (c.rms_rate) {
    const double longer = static_cast<double>(std::max(g.shape()[0].value(), g.shape()[1].value()));
    step = step * std::sqrt(longer) * c.rms_rate->value;
  }
  cx.set_variable(cx.variable() - step);
}

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.05})", "keras_3"},
    {R"({"learning_rate": 0.05, "nesterov": false, "rms_rate": null, "ns_steps": 3, "adam_lr_ratio": 0.5})",
     "keras_3"},
    {R"({"learning_rate": 0.05, "exclude_layers": ["^sec.nd"], "weight_decay": 0.1, "adam_weight_decay": null})",
     "keras_3"},
};

}  // namespace
extern const OptimizerDef optimizer_muon = define_optimizer<Config, slots, update>(
    {.class_name = "Muon", .weight_decay = 0.004, .cases = cases, .decay_of = Typed<Config, decay_of>::call});
}  // namespace keratin
