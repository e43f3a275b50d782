#include "runtime/keras/depthwise_convolution.h"

namespace keratin {
namespace {

using namespace keras;

constexpr LayerCase cases[] = {
    {R"({"kernel_size": 3})", "float32[2,6,3]"},
    {R"({"kernel_size": 2, "depth_multiplier": 2, "strides": 2, "padding": "same", "activation": "relu"})",
     "float32[2,5,3]"},
    {R"({"kernel_size": 3, "dilation_rate": 2, "use_bias": false})", "float32[1,7,2]"},
    {R"({"kernel_size": 2, "data_format": "channels_first", "padding": "same"})", "float32[1,2,5]"},
};

}  // namespace
extern const LayerDef layer_depthwise_conv1d =
    define_layer<DepthwiseConfig<1>, build_depthwise<1>, lower_depthwise<1>>(
        {.class_name = "DepthwiseConv1D", .cases = cases});
}  // namespace keratin
