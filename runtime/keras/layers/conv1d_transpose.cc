#include "runtime/keras/convolution_transpose.h"

namespace keratin {
namespace {

using namespace keras;

constexpr LayerCase cases[] = {
    {R"({"filters": 3, "kernel_size": 3})", "float32[2,4,2]"},
    {R"({"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"})",
     "float32[2,4,3]"},
    {R"({"filters": 2, "kernel_size": 2, "strides": 3, "use_bias": false})", "float32[1,4,3]"},
    {R"({"filters": 2, "kernel_size": 4, "strides": 2, "padding": "same", "output_padding": 1})",
     "float32[1,4,3]"},
    {R"({"filters": 2, "kernel_size": 3, "padding": "same", "dilation_rate": 2})", "float32[1,5,3]"},
    {R"({"filters": 2, "kernel_size": 3, "strides": 2, "data_format": "channels_first"})", "float32[2,3,4]"},
};

}  // namespace
extern const LayerDef layer_conv1d_transpose =
    define_layer<ConvolutionTransposeConfig<1>, build_convolution_transpose<1>,
                 lower_convolution_transpose<1>>({.class_name = "Conv1DTranspose", .cases = cases});
}  // namespace keratin
