#include "runtime/keras/config.h"
#include "runtime/keras/lora.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::int64_t units;
  Activation activation;
  bool use_bias;
  InitializerConfig kernel_initializer, bias_initializer;
  Opaque kernel_regularizer, bias_regularizer, kernel_constraint, bias_constraint;
  std::optional<Opaque> activity_regularizer;  // written where there is one
  std::optional<std::int64_t> lora_rank;
  std::optional<Number> lora_alpha;
  Json quantization_config;

  template <class V>
  void describe(V& v) {
    v("units", units);
    v("activation", activation, "linear");
    v("use_bias", use_bias, true);
    v("kernel_initializer", kernel_initializer, "glorot_uniform");
    v("bias_initializer", bias_initializer, "zeros");
    v("kernel_regularizer", kernel_regularizer, nullptr);
    v("bias_regularizer", bias_regularizer, nullptr);
    v.optional("activity_regularizer", activity_regularizer);
    v("kernel_constraint", kernel_constraint, nullptr);
    v("bias_constraint", bias_constraint, nullptr);
    v.optional("lora_rank", lora_rank);
    v.optional("lora_alpha", lora_alpha);
    v("quantization_config", quantization_config, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  check(c.units > 0, ErrorCode::corrupt_file, "units ", c.units, ": expected a positive integer");
  check(!c.quantization_config.truthy(), ErrorCode::unsupported,
        "quantized Dense layers are not supported yet");
  const std::int64_t features = cx.known(0, -1);
  cx.add_weight("kernel", {features, c.units}, c.kernel_initializer.object);
  if (c.use_bias) cx.add_weight("bias", {c.units}, c.bias_initializer.object);
  // Keras' Dense forgets lora_alpha while it builds: the factor is lora_rank / lora_rank
  if (c.lora_rank) build_lora(cx, "kernel", {features, c.units}, *c.lora_rank);
}

ir::Values lower(LowerContext& cx, const Config& c) {
  ir::Value y = ir::dot(cx.input(), weight_with_lora(cx, "kernel"));
  if (c.use_bias) y = y + cx.weight("bias");
  return {c.activation(cx, y)};
}

constexpr const char* old_names[] = {"TimeDistributedDense"};
constexpr Vintage vintages[] = {{"units", "output_dim"},
                                {"use_bias", "bias"},
                                {"kernel_initializer", "init"},
                                {"kernel_regularizer", "W_regularizer"},
                                {"bias_regularizer", "b_regularizer"},
                                {"kernel_constraint", "W_constraint"},
                                {"bias_constraint", "b_constraint"}};
constexpr LayerCase cases[] = {
    {R"({"units": 3})", "float32[2,4]"},
    {R"({"units": 3, "use_bias": false, "activation": "relu"})", "float32[2,5,4]"},
    {R"({"units": 4, "activation": "softmax", "dtype": "float16"})", "float32[3,4]"},
    {R"({"units": 2, "activation": "gelu", "dtype": "mixed_float16"})", "float32[2,3]"},
    {R"({"units": 5, "lora_rank": 2, "lora_alpha": 4.0})", "float32[2,4]"},
};

}  // namespace
extern const LayerDef layer_dense = define_layer<Config, build, lower>({.class_name = "Dense",
                                                                        .masking = Masking::passes,
                                                                        .vintages = vintages,
                                                                        .old_names = old_names,
                                                                        .cases = cases});
}  // namespace keratin
