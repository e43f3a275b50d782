#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  Json function, output_shape, mask, arguments;

  template <class V>
  void describe(V& v) {
    v("function", function, nullptr);
    v("output_shape", output_shape, nullptr);
    v("mask", mask, nullptr);
    v("arguments", arguments, nullptr);
    for (const char* key :
         {"function_type", "module", "output_shape_type", "output_shape_module", "mask_type", "mask_module"})
      v.dropped(key);
  }
};

ir::Values lower(LowerContext& cx, const Config&) {
  fail(ErrorCode::unsupported, "layer \"", cx.layer.name,
       "\" holds Python code, which can't be run here: register a layer of the class name Lambda (it gets "
       "this ",
       "layer's config) with CustomObjects, or replace it by keras.ops in the model");
}

// Keras 1 and 2: [code, defaults, closure].
Json function_of(const Json& function) {
  if (!function.is_array() || function.as_array().size() != 3) return function;
  Json config;
  config["code"] = function.as_array()[0];
  config["defaults"] = function.as_array()[1];
  config["closure"] = function.as_array()[2];
  Json object;
  object["class_name"] = "__lambda__";
  object["config"] = std::move(config);
  return object;
}
constexpr Vintage vintages[] = {{"function", "function", function_of}};

}  // namespace
extern const LayerDef layer_lambda = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "Lambda", .masking = Masking::drops, .vintages = vintages});
}  // namespace keratin
