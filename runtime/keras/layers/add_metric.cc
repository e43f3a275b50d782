#include "runtime/keras/lower.h"
#include "runtime/keras/merging.h"

namespace keratin {
namespace {

using namespace keras;

// tf.keras' Model.add_metric leaves such a layer in the model.
struct Config {
  Json aggregation, metric_name;

  template <class V>
  void describe(V& v) {
    v("aggregation", aggregation, nullptr);
    v("metric_name", metric_name, nullptr);
  }
};

void build(BuildContext&, const Config& c) {
  check(c.aggregation.is_null() || c.aggregation == Json("mean"), ErrorCode::corrupt_file, "aggregation ",
        serialization::print_json(c.aggregation), ": expected \"mean\" or null");
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const std::string name = c.metric_name.is_string() ? c.metric_name.as_string() : cx.layer.name;
  for (const ir::Value& value : cx.inputs()) cx.add_metric(name, value);
  return cx.inputs();
}

}  // namespace
extern const LayerDef layer_add_metric = define_layer<Config, build, lower>(
    {.class_name = "AddMetric", .masking = Masking::passes, .in_keras_3 = false});
}  // namespace keratin
