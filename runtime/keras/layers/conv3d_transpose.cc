#include "runtime/keras/convolution_transpose.h"

namespace keratin {
namespace {

using namespace keras;

constexpr LayerCase cases[] = {
    {R"({"filters": 2, "kernel_size": 2})", "float32[1,3,2,2,3]"},
    {R"({"filters": 2, "kernel_size": 3, "strides": [1, 2, 2], "padding": "same", "activation": "tanh"})",
     "float32[1,2,2,3,2]"},
    {R"({"filters": 2, "kernel_size": 2, "strides": 2, "data_format": "channels_first", "use_bias": false})",
     "float32[1,3,2,2,3]"},
};

}  // namespace
extern const LayerDef layer_conv3d_transpose =
    define_layer<ConvolutionTransposeConfig<3>, build_convolution_transpose<3>,
                 lower_convolution_transpose<3>>({.class_name = "Conv3DTranspose", .cases = cases});
}  // namespace keratin
