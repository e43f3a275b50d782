#include "runtime/keras/conv_lstm.h"

namespace keratin {
namespace {

using namespace keras;

constexpr LayerCase cases[] = {
    {R"({"filters": 2, "kernel_size": 3})", "float32[2,3,5,2]"},
    {R"({"filters": 2, "kernel_size": 2, "padding": "same", "strides": 2, "return_sequences": true,
         "return_state": true})",
     "float32[2,3,5,2]"},
    {R"({"filters": 3, "kernel_size": 2, "data_format": "channels_first", "return_state": true})",
     "float32[2,3,2,5]", R"({"mask": "bool[2,3]"})"},
};

}  // namespace
extern const LayerDef layer_conv_lstm1d = define_conv_lstm<1>({.class_name = "ConvLSTM1D", .cases = cases});
}  // namespace keratin
