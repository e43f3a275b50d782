#include "runtime/keras/lstm.h"

#include "runtime/keras/old_gates.h"
#include "runtime/keras/recurrent.h"

namespace keratin {
namespace {

using namespace keras;
using Config = CellLayerConfig<LstmCellConfig>;

void convert_weights(const Layer&, OldWeights& old) {
  if (old.generation == 1) join_gates(old, {0, 2, 1, 3});  // stored as i, c, f, o
  if (!is_cudnn(old, 4)) return;
  convert_cudnn_kernels(old, 4);
  old.arrays[2] = sum_of_halves(old.arrays[2]);
}

constexpr const char* old_names[] = {"CuDNNLSTM", "LSTMV1", "LSTMV2", "UnifiedLSTM"};
constexpr OldDefault old_defaults[] = {{"LSTM", "recurrent_activation", "\"hard_sigmoid\""}};
constexpr Vintage vintages[] = {{"units", "output_dim"},
                                {"recurrent_activation", "inner_activation"},
                                {"kernel_initializer", "init"},
                                {"recurrent_initializer", "inner_init"},
                                {"unit_forget_bias", "forget_bias_init", is_initializer_one},
                                {"kernel_regularizer", "W_regularizer"},
                                {"recurrent_regularizer", "U_regularizer"},
                                {"bias_regularizer", "b_regularizer"},
                                {"dropout", "dropout_W"},
                                {"recurrent_dropout", "dropout_U"}};
constexpr LayerCase cases[] = {
    {R"({"units": 3})", "float32[2,5,4]"},
    {R"({"units": 3, "return_sequences": true, "return_state": true})", "float32[2,5,4]"},
    {R"({"units": 20, "return_sequences": true})", "float32[1,7,9]"},
    {R"({"units": 3, "go_backwards": true, "return_sequences": true, "return_state": true})",
     "float32[2,5,4]"},
    {R"({"units": 3, "use_bias": false, "activation": "relu", "recurrent_activation": "hard_sigmoid"})",
     "float32[2,5,4]"},
    {R"({"units": 3, "return_sequences": true, "return_state": true})", "float32[2,5,4]",
     R"({"mask": "bool[2,5]"})"},
    {R"({"units": 3, "return_state": true})", "float32[2,5,4]", R"({"mask": "bool[2,5]"})"},
    {R"({"units": 3, "return_state": true, "go_backwards": true})", "float32[2,5,4]",
     R"({"mask": "bool[2,5]", "initial_state": ["float32[2,3]", "float32[2,3]"]})"},
    {R"({"units": 3, "return_sequences": true, "zero_output_for_mask": true})", "float32[2,5,4]",
     R"({"mask": "bool[2,5]", "initial_state": ["float32[2,3]", "float32[2,3]"]})"},
    {R"({"units": 3, "zero_output_for_mask": true})", "float32[2,5,4]", R"({"mask": "bool[2,5]"})"},
    {R"({"units": 3, "unroll": true, "return_sequences": true})", "float32[2,5,4]",
     R"({"initial_state": ["float32[2,3]", "float32[2,3]"], "mask": "bool[2,5]"})"},
    {R"({"units": 3, "stateful": true, "return_sequences": true})", "float32[2,5,4]"},
    {R"({"units": 3, "dropout": 0.3, "seed": 5, "return_sequences": true})", "float32[2,5,4]",
     R"({"training": true})"},
    {R"({"units": 3, "dropout": 0.3, "recurrent_dropout": 0.4, "seed": 6})", "float32[2,5,4]",
     R"({"training": true, "mask": "bool[2,5]"})"},
    {R"({"units": 3, "dropout": 0.3, "recurrent_dropout": 0.2, "dtype": "mixed_float16"})", "float32[2,3,4]"},
    {R"({"units": 3, "dtype": "float64", "return_sequences": true})", "float64[2,3,4]"},
};

}  // namespace
extern const LayerDef layer_lstm =
    define_layer<Config, build_cell_layer<LstmCellConfig>, lower_cell_layer<LstmCellConfig>>(
        {.class_name = "LSTM",
         .masking = Masking::handles,
         .vintages = vintages,
         .old_names = old_names,
         .old_defaults = old_defaults,
         .cases = cases,
         .convert_weights = convert_weights});
}  // namespace keratin
