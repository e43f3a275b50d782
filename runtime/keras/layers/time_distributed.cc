#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  LayerPtr layer;

  template <class V>
  void describe(V& v) {
    v("layer", layer);
  }
};

// (batch, time, …) to (batch · time, …): every step is a sample of the inner layer.
ir::Dims joined_steps(const ir::Dims& shape) {
  ir::Dims result = {shape[0] * shape[1]};
  result.insert(result.end(), shape.begin() + 2, shape.end());
  return result;
}

void build(BuildContext& cx, const Config& c) {
  check(c.layer != nullptr, ErrorCode::corrupt_file, "a TimeDistributed without a layer");
  ir::Type step = cx.input();
  check(step.rank() >= 3, ErrorCode::corrupt_file, "wants (batch, time, …), got ", ir::to_string(step));
  step.shape.erase(step.shape.begin() + 1);
  cx.add_layer("layer", c.layer, {step});
}

// Whether a call changes the layer's state in training: statistics, or the state of random numbers.
bool has_state(const Layer& layer, VariableKind kind) {
  bool found = false;
  layer.visit([&](const Layer& inner) {
    for (const Layer::Weight& weight : inner.weights) found |= weight.variable->kind == kind;
  });
  return found;
}

// One call per step, in order, as Keras 3 does it: each step has statistics of its own.
ir::Values step_by_step(LowerContext& cx, ir::Value x, std::int64_t steps) {
  auto at = [](ir::Value value, std::int64_t i) {
    ir::Dims shape = value.shape();
    shape.erase(shape.begin() + 1);
    return ir::reshape(ir::slice_axis(value, 1, ir::Dim(i), ir::Dim(i + 1)), std::move(shape));
  };
  std::vector<ir::Values> results;
  for (std::int64_t i = 0; i < steps; ++i) {
    const Traced step = {at(x, i), cx.mask() ? at(cx.mask(), i) : ir::Value{}};
    const std::vector<Traced> found = cx.run(cx.child("layer"), {step});
    results.resize(found.size());
    for (std::size_t k = 0; k < found.size(); ++k) results[k].push_back(ir::expand_dims(found[k].value, 1));
  }
  ir::Values joined;
  for (const ir::Values& values : results) joined.push_back(ir::concatenate(values, 1));
  return joined;
}

ir::Values lower(LowerContext& cx, const Config&) {
  const ir::Value x = cx.input();
  const ir::Dims shape = x.shape();
  if (cx.training() && cx.layer.generation == 3) {
    const bool statistics = has_state(cx.child("layer"), VariableKind::training_state);
    const bool open = !shape[1].is_constant();
    check(!statistics || !open, ErrorCode::unsupported,
          "trains a layer with statistics for each step, but the number of steps isn't known");
    if (statistics || (!open && has_state(cx.child("layer"), VariableKind::seed)))
      return step_by_step(cx, x, shape[1].value());
  }
  Traced steps = {ir::reshape(x, joined_steps(shape)), {}};
  if (const ir::Value mask = cx.mask()) {
    check(mask.rank() >= 2, ErrorCode::corrupt_file, "the mask ", ir::to_string(mask.type()),
          " must be (batch, time, …)");
    if (mask.rank() > 2) steps.mask = ir::reshape(mask, joined_steps(mask.shape()));
  }
  ir::Values results;
  for (const Traced& traced : cx.run(cx.child("layer"), {steps})) {
    ir::Dims open = {shape[0], shape[1]};
    const ir::Dims& inner = traced.value.shape();
    open.insert(open.end(), inner.begin() + 1, inner.end());
    results.push_back(ir::reshape(traced.value, std::move(open)));
  }
  return results;
}

constexpr LayerCase cases[] = {
    {R"({"layer": {"module": "keras.layers", "class_name": "Dense", "registered_name": null,
         "config": {"units": 3, "name": "inner"}}})",
     "float32[2,5,4]"},
    {R"({"layer": {"module": "keras.layers", "class_name": "Dense", "registered_name": null,
         "config": {"units": 3, "name": "inner"}}})",
     "float32[2,3,5,4]", R"({"mask": "bool[2,3]"})"},
    {R"({"layer": {"module": "keras.layers", "class_name": "TimeDistributed", "registered_name": null,
         "config": {"name": "outer", "layer": {"module": "keras.layers", "class_name": "Flatten",
         "registered_name": null, "config": {"name": "inner"}}}}})",
     "float32[2,3,2,2,4]"},
    {R"({"layer": {"module": "keras.layers", "class_name": "BatchNormalization", "registered_name": null,
         "config": {"momentum": 0.75, "name": "inner"}}})",
     "float32[4,3,5]"},
    {R"({"layer": {"module": "keras.layers", "class_name": "BatchNormalization", "registered_name": null,
         "config": {"momentum": 0.75, "name": "inner"}}})",
     "float32[4,3,5]", R"({"training": true})"},
    {R"({"layer": {"module": "keras.layers", "class_name": "BatchNormalization", "registered_name": null,
         "config": {"momentum": 0.75, "name": "inner"}}})",
     "float32[4,3,5]", R"({"training": true, "mask": "bool[4,3]"})"},
};

}  // namespace
extern const LayerDef layer_time_distributed = define_layer<Config, build, lower>(
    {.class_name = "TimeDistributed", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
