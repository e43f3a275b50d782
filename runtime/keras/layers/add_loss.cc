#include "runtime/keras/lower.h"
#include "runtime/keras/merging.h"

namespace keratin {
namespace {

using namespace keras;

// tf.keras' Model.add_loss leaves such a layer in the model.
struct Config {
  bool unconditional;

  template <class V>
  void describe(V& v) {
    v("unconditional", unconditional, false);
  }
};

ir::Values lower(LowerContext& cx, const Config&) {
  for (const ir::Value& value : cx.inputs()) cx.add_loss(value);
  return cx.inputs();
}

}  // namespace
extern const LayerDef layer_add_loss = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "AddLoss", .masking = Masking::passes, .in_keras_3 = false});
}  // namespace keratin
