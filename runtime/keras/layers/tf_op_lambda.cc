#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/tensorflow_functions.h"

namespace keratin {
namespace {

using namespace keras;

// A function of TensorFlow as a node of a tf.keras model (2.4 to 2.15, tf_keras).
struct Config {
  std::string function;

  template <class V>
  void describe(V& v) {
    v("function", function);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  const TensorflowFunction* function = find_tensorflow_function(c.function);
  check(function != nullptr, ErrorCode::unsupported, "the function tf.", c.function,
        " is not supported: replace it by a layer, or register one with CustomObjects");
  const Call call = renamed_call(*function, cx.call);
  LowerContext inner(cx.lowering, cx.layer, call);
  const Json settings = *function->defaults ? serialization::parse_json(function->defaults, function->name)
                                            : Json(Json::Object{});
  return find_operation(function->operation)->lower(inner, settings);
}

constexpr const char* old_names[] = {"SlicingOpLambda"};

}  // namespace
extern const LayerDef layer_tf_op_lambda = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "TFOpLambda", .masking = Masking::drops, .old_names = old_names, .in_keras_3 = false});
}  // namespace keratin
