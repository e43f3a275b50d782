#include "runtime/keras/simple_rnn.h"

#include "runtime/keras/recurrent.h"

namespace keratin {
namespace {

using namespace keras;

using Config = CellLayerConfig<SimpleRnnCellConfig>;

// Keras doesn't write this layer's seed.
void leave_out_seed(const Layer&, Json& object) {
  if (object["config"]["seed"].is_null()) object["config"].erase("seed");
}

constexpr Vintage vintages[] = {{"units", "output_dim"},
                                {"kernel_initializer", "init"},
                                {"recurrent_initializer", "inner_init"},
                                {"kernel_regularizer", "W_regularizer"},
                                {"recurrent_regularizer", "U_regularizer"},
                                {"bias_regularizer", "b_regularizer"},
                                {"dropout", "dropout_W"},
                                {"recurrent_dropout", "dropout_U"}};
constexpr LayerCase cases[] = {
    {R"({"units": 3})", "float32[2,5,4]"},
    {R"({"units": 3, "return_sequences": true, "return_state": true})", "float32[2,5,4]"},
    {R"({"units": 3, "go_backwards": true, "return_sequences": true})", "float32[2,5,4]"},
    {R"({"units": 3, "go_backwards": true, "use_bias": false, "activation": "relu"})", "float32[2,5,4]"},
    {R"({"units": 3, "return_sequences": true})", "float32[2,5,4]", R"({"mask": "bool[2,5]"})"},
    {R"({"units": 3, "return_state": true})", "float32[2,5,4]", R"({"mask": "bool[2,5]"})"},
    {R"({"units": 3, "return_sequences": true, "zero_output_for_mask": true, "go_backwards": true})",
     "float32[2,5,4]", R"({"mask": "bool[2,5]"})"},
    {R"({"units": 3, "unroll": true})", "float32[2,5,4]", R"({"initial_state": ["float32[2,3]"]})"},
    {R"({"units": 3, "dropout": 0.3, "recurrent_dropout": 0.2, "dtype": "mixed_float16"})", "float32[2,3,4]"},
};

}  // namespace
extern const LayerDef layer_simple_rnn =
    define_layer<Config, build_cell_layer<SimpleRnnCellConfig>, lower_cell_layer<SimpleRnnCellConfig>>(
        {.class_name = "SimpleRNN",
         .masking = Masking::handles,
         .vintages = vintages,
         .cases = cases,
         .amend = leave_out_seed});
}  // namespace keratin
