#include "runtime/keras/depthwise_convolution.h"

namespace keratin {
namespace {

using namespace keras;

constexpr LayerCase cases[] = {
    {R"({"kernel_size": 3})", "float32[2,5,4,3]"},
    {R"({"kernel_size": [3, 2], "depth_multiplier": 2, "strides": 2, "padding": "same", "activation": "relu"})",
     "float32[2,5,4,3]"},
    {R"({"kernel_size": 2, "dilation_rate": 2, "use_bias": false})", "float32[1,5,4,2]"},
    {R"({"kernel_size": 2, "data_format": "channels_first", "padding": "same", "depth_multiplier": 2})",
     "float32[1,2,3,5]"},
    {R"({"kernel_size": 3, "padding": "same", "dtype": "mixed_bfloat16"})", "float32[1,4,4,2]"},
};

}  // namespace
extern const LayerDef layer_depthwise_conv2d =
    define_layer<DepthwiseConfig<2>, build_depthwise<2>, lower_depthwise<2>>(
        {.class_name = "DepthwiseConv2D", .cases = cases});
}  // namespace keratin
