#include "runtime/keras/convolution_transpose.h"

namespace keratin {
namespace {

using namespace keras;

constexpr const char* old_names[] = {"Deconvolution2D"};
constexpr Vintage vintages[] = {{"filters", "nb_filter"},
                                {"kernel_size", "nb_row"},
                                {"kernel_size", "nb_col"},
                                {"strides", "subsample"},
                                {"padding", "border_mode"},
                                {"data_format", "dim_ordering", data_format_of_dim_ordering},
                                {"use_bias", "bias"},
                                {"kernel_initializer", "init"},
                                {"kernel_regularizer", "W_regularizer"},
                                {"bias_regularizer", "b_regularizer"},
                                {"kernel_constraint", "W_constraint"},
                                {"bias_constraint", "b_constraint"}};
constexpr LayerCase cases[] = {
    {R"({"filters": 3, "kernel_size": 3})", "float32[2,4,3,2]"},
    {R"({"filters": 3, "kernel_size": [3, 2], "strides": 2, "padding": "same", "activation": "relu"})",
     "float32[2,4,3,2]"},
    {R"({"filters": 2, "kernel_size": 3, "strides": [2, 3], "output_padding": 1})", "float32[1,3,3,2]"},
    {R"({"filters": 2, "kernel_size": [4, 3], "strides": 2, "padding": "same", "output_padding": [1, 0], "use_bias": false})",
     "float32[1,3,3,2]"},
    {R"({"filters": 2, "kernel_size": 2, "strides": 2, "data_format": "channels_first"})",
     "float32[1,2,3,4]"},
    {R"({"filters": 2, "kernel_size": 1, "strides": 3})", "float32[1,2,2,3]"},
    {R"({"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "dtype": "mixed_float16"})",
     "float32[1,3,3,2]"},
};

}  // namespace
extern const LayerDef layer_conv2d_transpose =
    define_layer<ConvolutionTransposeConfig<2>, build_convolution_transpose<2>,
                 lower_convolution_transpose<2>>(
        {.class_name = "Conv2DTranspose",
         .vintages = vintages,
         .old_names = old_names,
         .cases = cases,
         .convert_weights = convert_old_kernel<ConvolutionTransposeConfig<2>, 2, true>});
}  // namespace keratin
