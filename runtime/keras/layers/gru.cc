#include "runtime/keras/gru.h"

#include "runtime/keras/old_gates.h"
#include "runtime/keras/recurrent.h"

namespace keratin {
namespace {

using namespace keras;
using Config = CellLayerConfig<GruCellConfig>;

void convert_weights(const Layer&, OldWeights& old) {
  if (old.generation == 1) join_gates(old, {0, 1, 2});
  if (!is_cudnn(old, 3)) return;
  convert_cudnn_kernels(old, 3);
  old.arrays[2] = reshaped(old.arrays[2], {2, old.shape(2)[0] / 2});
}

constexpr const char* old_names[] = {"CuDNNGRU", "GRUV1", "GRUV2", "UnifiedGRU"};
constexpr OldDefault old_defaults[] = {{"GRU", "recurrent_activation", "\"hard_sigmoid\""},
                                       {"GRU", "reset_after", "false"}};
constexpr Vintage vintages[] = {{"units", "output_dim"},
                                {"recurrent_activation", "inner_activation"},
                                {"kernel_initializer", "init"},
                                {"recurrent_initializer", "inner_init"},
                                {"kernel_regularizer", "W_regularizer"},
                                {"recurrent_regularizer", "U_regularizer"},
                                {"bias_regularizer", "b_regularizer"},
                                {"dropout", "dropout_W"},
                                {"recurrent_dropout", "dropout_U"}};
constexpr LayerCase cases[] = {
    {R"({"units": 3})", "float32[2,5,4]"},
    {R"({"units": 3, "reset_after": false, "return_sequences": true, "return_state": true})",
     "float32[2,5,4]"},
    {R"({"units": 20, "return_sequences": true})", "float32[1,7,9]"},
    {R"({"units": 3, "go_backwards": true, "return_sequences": true, "return_state": true})",
     "float32[2,5,4]"},
    {R"({"units": 3, "use_bias": false, "activation": "relu", "recurrent_activation": "hard_sigmoid"})",
     "float32[2,5,4]"},
    {R"({"units": 3, "use_bias": false, "reset_after": false})", "float32[2,5,4]"},
    {R"({"units": 3, "return_sequences": true, "return_state": true})", "float32[2,5,4]",
     R"({"mask": "bool[2,5]"})"},
    {R"({"units": 3, "return_state": true, "reset_after": false})", "float32[2,5,4]",
     R"({"mask": "bool[2,5]", "initial_state": ["float32[2,3]"]})"},
    {R"({"units": 3, "zero_output_for_mask": true, "return_sequences": true})", "float32[2,5,4]",
     R"({"mask": "bool[2,5]"})"},
    {R"({"units": 3, "stateful": true})", "float32[2,5,4]"},
    {R"({"units": 3, "dropout": 0.3, "seed": 5})", "float32[2,5,4]", R"({"training": true})"},
    {R"({"units": 3, "dropout": 0.3, "recurrent_dropout": 0.4, "seed": 6})", "float32[2,5,4]",
     R"({"training": true})"},
    {R"({"units": 3, "recurrent_dropout": 0.4, "seed": 7, "reset_after": false})", "float32[2,5,4]",
     R"({"training": true})"},
    {R"({"units": 3, "dtype": "mixed_float16"})", "float32[2,3,4]"},
};

}  // namespace
extern const LayerDef layer_gru =
    define_layer<Config, build_cell_layer<GruCellConfig>, lower_cell_layer<GruCellConfig>>(
        {.class_name = "GRU",
         .masking = Masking::handles,
         .vintages = vintages,
         .old_names = old_names,
         .old_defaults = old_defaults,
         .cases = cases,
         .convert_weights = convert_weights});
}  // namespace keratin
