#include "runtime/keras/conv_lstm.h"

namespace keratin {
namespace {

using namespace keras;

constexpr OldDefault old_defaults[] = {{"ConvLSTM2D", "recurrent_activation", "\"hard_sigmoid\""}};
constexpr LayerCase cases[] = {
    {R"({"filters": 2, "kernel_size": 3})", "float32[2,3,5,6,2]"},
    {R"({"filters": 2, "kernel_size": [2, 3], "padding": "same", "strides": [2, 1], "return_sequences": true,
         "return_state": true})",
     "float32[2,3,5,4,2]"},
    {R"({"filters": 3, "kernel_size": 2, "data_format": "channels_first", "go_backwards": true,
         "return_sequences": true})",
     "float32[2,3,2,5,4]"},
    {R"({"filters": 2, "kernel_size": 2, "dilation_rate": 2, "use_bias": false, "activation": "relu"})",
     "float32[2,3,5,4,2]", R"({"mask": "bool[2,3]"})"},
    {R"({"filters": 2, "kernel_size": 2, "padding": "same", "dropout": 0.3, "recurrent_dropout": 0.4, "seed": 3})",
     "float32[2,3,4,3,2]", R"({"training": true})"},
    {R"({"filters": 2, "kernel_size": 2, "stateful": true})", "float32[2,3,4,3,2]"},
};

}  // namespace
extern const LayerDef layer_conv_lstm2d =
    define_conv_lstm<2>({.class_name = "ConvLSTM2D", .old_defaults = old_defaults, .cases = cases});
}  // namespace keratin
