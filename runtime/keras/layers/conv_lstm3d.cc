#include "runtime/keras/conv_lstm.h"

namespace keratin {
namespace {

using namespace keras;

constexpr LayerCase cases[] = {
    {R"({"filters": 2, "kernel_size": 2})", "float32[2,3,3,4,3,2]"},
    {R"({"filters": 2, "kernel_size": [2, 1, 2], "padding": "same", "return_sequences": true,
         "recurrent_activation": "hard_sigmoid"})",
     "float32[2,2,3,2,3,2]"},
};

}  // namespace
extern const LayerDef layer_conv_lstm3d = define_conv_lstm<3>({.class_name = "ConvLSTM3D", .cases = cases});
}  // namespace keratin
