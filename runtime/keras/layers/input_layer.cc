#include "runtime/keras/input_layer.h"

#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

void build(BuildContext&, const InputConfig& c) {
  check(!c.sparse && !c.ragged, ErrorCode::unsupported, "sparse and ragged inputs are not supported yet");
}

// The model binds inputs itself; called as a layer it hands its input on.
ir::Values lower(LowerContext& cx, const InputConfig&) { return {cx.input()}; }

void amend(const Layer& layer, Json& object) {
  object["config"].erase("trainable");
  object["config"]["dtype"] = layer.dtype.name;
}

constexpr Vintage vintages[] = {{"batch_shape", "batch_input_shape"}};

}  // namespace
extern const LayerDef layer_input_layer = define_layer<InputConfig, build, lower>(
    {.class_name = "InputLayer", .masking = Masking::passes, .vintages = vintages, .amend = amend});
}  // namespace keratin
