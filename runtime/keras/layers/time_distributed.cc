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
ir::Dims joined(const ir::Dims& shape) {
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

ir::Values lower(LowerContext& cx, const Config&) {
  const ir::Value x = cx.input();
  const ir::Dims shape = x.shape();
  Traced steps = {ir::reshape(x, joined(shape)), {}};
  if (const ir::Value mask = cx.mask()) {
    check(mask.rank() >= 2, ErrorCode::corrupt_file, "the mask ", ir::to_string(mask.type()),
          " must be (batch, time, …)");
    if (mask.rank() > 2) steps.mask = ir::reshape(mask, joined(mask.shape()));
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
};

}  // namespace
extern const LayerDef layer_time_distributed = define_layer<Config, build, lower>(
    {.class_name = "TimeDistributed", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
