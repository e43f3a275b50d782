#include "runtime/keras/embedding.h"

namespace keratin {
namespace {

using namespace keras;

ir::Values lower(LowerContext& cx, const EmbeddingConfig& c) { return {look_up(cx, c)}; }

constexpr Vintage vintages[] = {{"embeddings_initializer", "init"},
                                {"embeddings_regularizer", "W_regularizer"},
                                {"embeddings_constraint", "W_constraint"}};
constexpr LayerCase cases[] = {
    {R"({"input_dim": 6, "output_dim": 3})", "int32[2,4]"},
    {R"({"input_dim": 5, "output_dim": 2, "mask_zero": true})", "int64[3,4]"},
    {R"({"input_dim": 4, "output_dim": 2, "dtype": "mixed_float16"})", "uint8[3]"},
    {R"({"input_dim": 6, "output_dim": 3, "lora_rank": 2, "lora_alpha": 4.0})", "int32[2,4]"},
};

}  // namespace
extern const LayerDef layer_embedding = define_layer<EmbeddingConfig, build_embedding, lower>(
    {.class_name = "Embedding", .masking = Masking::handles, .vintages = vintages, .cases = cases});
}  // namespace keratin
