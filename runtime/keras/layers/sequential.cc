#include "runtime/keras/sequential.h"

#include "runtime/keras/input_layer.h"
#include "runtime/keras/make.h"

namespace keratin {
namespace {

using namespace keras;

void build(BuildContext& cx, const SequentialConfig& c) {
  std::vector<ir::Type> types;
  ir::Graph scratch;
  Lowering lowering(scratch, false);
  Traced x;
  if (const std::optional<ir::Type> type = sequential_input(c))
    x.value = scratch.input("x", *type);
  else
    x.value = scratch.input("x", cx.input());
  for (const LayerPtr& layer : c.layers) {
    if (!is_input_layer(*layer)) {
      std::vector<Traced> results = call_layer(lowering, *layer, {x});
      check(results.size() == 1, ErrorCode::corrupt_file, "layer \"", layer->name, "\" of a Sequential has ",
            results.size(), " results");
      x = results[0];
    }
    cx.adopt("layers", layer, true);
  }
}

ir::Values lower(LowerContext& cx, const SequentialConfig& c) {
  Traced x{cx.input(), cx.mask()};
  for (const LayerPtr& layer : c.layers)
    if (is_input_layer(*layer))
      x.value = ir::cast(x.value, layer->dtype.compute());
    else
      x = cx.run(*layer, {x}).at(0);
  cx.set_mask(0, x.mask);
  return {x.value};
}

void amend(const Layer&, Json& object) { object["module"] = "keras"; }

}  // namespace
extern const LayerDef layer_sequential = define_layer<SequentialConfig, build, lower>(
    {.class_name = "Sequential", .masking = Masking::handles, .casts_inputs = false, .amend = amend});

namespace keras {

bool is_sequential(const Layer& layer) { return layer.def == &layer_sequential; }
const SequentialConfig& sequential_config(const Layer& layer) { return layer.config_as<SequentialConfig>(); }

std::optional<ir::Type> sequential_input(const SequentialConfig& c) {
  if (!c.layers.empty() && is_input_layer(*c.layers[0])) return input_type(*c.layers[0]);
  if (!c.build_input_shape.is_array()) return std::nullopt;
  ir::Type type{DType::float32, {}};
  const Json::Array& shape = c.build_input_shape.as_array();
  for (std::size_t i = 0; i < shape.size(); ++i)
    type.shape.push_back(!shape[i].is_null() ? ir::Dim(shape[i].as_integer())
                                             : ir::Dim::symbol(i ? "x_" + std::to_string(i) : "B"));
  return type;
}

}  // namespace keras
}  // namespace keratin
