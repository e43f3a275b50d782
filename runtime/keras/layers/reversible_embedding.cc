#include "runtime/keras/embedding.h"
#include "runtime/keras/uncast.h"

namespace keratin {
namespace {

using namespace keras;

struct Config : EmbeddingConfig {
  bool tie_weights;
  std::optional<std::string> reverse_dtype;
  std::optional<double> logit_soft_cap;

  template <class V>
  void describe(V& v) {
    EmbeddingConfig::describe(v);
    v("tie_weights", tie_weights, true);
    v("reverse_dtype", reverse_dtype, std::nullopt);
    v("logit_soft_cap", logit_soft_cap, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  build_embedding(cx, c);
  if (c.reverse_dtype) {
    const DType dtype = parse_dtype(*c.reverse_dtype);
    check(is_floating(dtype), ErrorCode::corrupt_file, "reverse_dtype ", *c.reverse_dtype,
          ": expected a floating-point type");
  }
  if (!c.tie_weights)
    cx.add_weight("reverse_embeddings", {c.output_dim, c.input_dim}, c.embeddings_initializer.object);
}

// Logits of all rows for vectors. Different dtypes meet in the wider one.
ir::Value reverse(LowerContext& cx, const Config& c) {
  ir::Value x = uncast_input(cx);
  ir::Value kernel = c.tie_weights ? ir::transpose(stored_with_lora(cx, "embeddings"), {1, 0})
                                   : cx.read("reverse_embeddings");
  if (c.reverse_dtype || x.dtype() != kernel.dtype()) {
    const bool any_double = x.dtype() == DType::float64 || kernel.dtype() == DType::float64;
    const DType dtype = c.reverse_dtype ? parse_dtype(*c.reverse_dtype)
                        : any_double    ? DType::float64
                                        : DType::float32;
    x = ir::cast(x, dtype);
    kernel = ir::cast(kernel, dtype);
  }
  const ir::Value logits = ir::dot(x, kernel);
  return c.logit_soft_cap ? ir::tanh(logits / *c.logit_soft_cap) * *c.logit_soft_cap : logits;
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const Argument* backwards = cx.argument("reverse", 1);
  return {backwards && backwards->json().truthy() ? reverse(cx, c) : look_up(cx, c)};
}

constexpr LayerCase cases[] = {
    {R"({"input_dim": 6, "output_dim": 3, "mask_zero": true})", "int32[2,4]"},
    {R"({"input_dim": 6, "output_dim": 3, "tie_weights": false})", "int32[2,4]"},
    {R"({"input_dim": 6, "output_dim": 3})", "float32[2,4,3]", R"({"reverse": true})"},
    {R"({"input_dim": 6, "output_dim": 3, "tie_weights": false, "logit_soft_cap": 2.5})", "float32[2,3]",
     R"({"reverse": true})"},
    {R"({"input_dim": 6, "output_dim": 3, "dtype": "mixed_float16", "reverse_dtype": "float32"})",
     "float16[2,3]", R"({"reverse": true})"},
};

}  // namespace
extern const LayerDef layer_reversible_embedding = define_layer<Config, build, lower>(
    {.class_name = "ReversibleEmbedding", .masking = Masking::handles, .cases = cases});
}  // namespace keratin
