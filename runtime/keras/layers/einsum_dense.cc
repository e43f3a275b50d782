#include "runtime/keras/config.h"
#include "runtime/keras/einsum.h"
#include "runtime/keras/lora.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::string equation;
  Json output_shape;
  Activation activation;
  std::optional<std::string> bias_axes;
  InitializerConfig kernel_initializer, bias_initializer;
  Opaque kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint;
  std::optional<std::int64_t> lora_rank;
  std::optional<Number> lora_alpha;
  Json quantization_config;

  template <class V>
  void describe(V& v) {
    v("output_shape", output_shape);
    if (output_shape.is_integer()) output_shape = Json::Array{output_shape};
    v("equation", equation);
    v("activation", activation, "linear");
    v("bias_axes", bias_axes, std::nullopt);
    v("kernel_initializer", kernel_initializer, "glorot_uniform");
    v("bias_initializer", bias_initializer, "zeros");
    v("kernel_regularizer", kernel_regularizer, nullptr);
    v("bias_regularizer", bias_regularizer, nullptr);
    v("activity_regularizer", activity_regularizer, nullptr);
    v("kernel_constraint", kernel_constraint, nullptr);
    v("bias_constraint", bias_constraint, nullptr);
    v("quantization_config", quantization_config, nullptr);
    v.optional("lora_rank", lora_rank);
    v.optional("lora_alpha", lora_alpha);
  }
};

EinsumShapes shapes_of(const Config& c, const ir::Dims& input) {
  Shape sizes;
  for (const Json& size : c.output_shape.as_array())
    sizes.push_back(size.is_null() ? std::int64_t(-1) : size.as_integer());
  return einsum_shapes(c.equation, input, sizes, c.bias_axes);
}

// The initializer with the axes that its fans go by, where the file leaves them open.
Json with_axes(const Json& initializer, const EinsumShapes& shapes) {
  Json object = initializer;
  if (initializer.is_string()) {
    object = Json();
    object["class_name"] = initializer;
    object["config"] = Json::Object{};
  }
  if (!object.is_object() || !object.find("config") || !object.at("config").is_object()) return initializer;
  Json& config = object["config"];
  if (const Json* axes = config.find("input_axes"); axes && !axes->is_null()) return initializer;
  config["input_axes"] = ConfigValue<ir::Ints>::write(shapes.inputs);
  config["output_axes"] = ConfigValue<ir::Ints>::write(shapes.outputs);
  return object;
}

void build(BuildContext& cx, const Config& c) {
  check(!c.quantization_config.truthy(), ErrorCode::unsupported,
        "quantized EinsumDense layers are not supported yet");
  const EinsumShapes shapes = shapes_of(c, cx.input().shape);
  cx.add_weight("kernel", shapes.kernel, with_axes(c.kernel_initializer.object, shapes));
  if (!shapes.bias.empty()) cx.add_weight("bias", shapes.bias, c.bias_initializer.object);
  if (c.lora_rank) build_lora(cx, "kernel", shapes.kernel, *c.lora_rank, lora_scale(c));
}

ir::Values lower(LowerContext& cx, const Config& c) {
  ir::Value y = einsum(c.equation, {cx.input(), weight_with_lora(cx, "kernel")});
  if (cx.has_weight("bias")) y = y + cx.weight("bias");
  return {c.activation(cx, y)};
}

constexpr LayerCase cases[] = {
    {R"({"equation": "ab,bc->ac", "output_shape": 5, "bias_axes": "c"})", "float32[2,4]"},
    {R"({"equation": "abc,cd->abd", "output_shape": [null, 5], "activation": "relu"})", "float32[2,3,4]"},
    {R"({"equation": "...x,xy->...y", "output_shape": 3, "bias_axes": "y"})", "float32[2,3,2,4]"},
    {R"({"equation": "abc,cde->abde", "output_shape": [3, 2, 5], "bias_axes": "de"})", "float32[2,3,4]"},
    {R"({"equation": "abcd,cde->abe", "output_shape": [3, 6], "bias_axes": "be"})", "float32[2,3,2,4]"},
    {R"({"equation": "abc,bd->adc", "output_shape": [5, 4], "bias_axes": "d"})", "float32[2,3,4]"},
    {R"({"equation": "ab...,bc->ac...", "output_shape": 5, "bias_axes": "c"})", "float32[2,4,3]"},
    {R"({"equation": "ab,bc->ac", "output_shape": 3, "lora_rank": 2, "lora_alpha": 3.0})", "float32[2,4]"},
    {R"({"equation": "ab,bc->ac", "output_shape": 3, "dtype": "mixed_float16"})", "float32[2,4]"},
};

}  // namespace
extern const LayerDef layer_einsum_dense =
    define_layer<Config, build, lower>({.class_name = "EinsumDense", .cases = cases});
}  // namespace keratin
