#include "runtime/keras/convolution.h"

namespace keratin {
namespace {

using namespace keras;

constexpr const char* old_names[] = {"Convolution2D", "AtrousConvolution2D"};
constexpr Vintage vintages[] = {{"filters", "nb_filter"},
                                {"kernel_size", "nb_row"},
                                {"kernel_size", "nb_col"},
                                {"strides", "subsample"},
                                {"padding", "border_mode"},
                                {"dilation_rate", "atrous_rate"},
                                {"data_format", "dim_ordering", data_format_of_dim_ordering},
                                {"use_bias", "bias"},
                                {"kernel_initializer", "init"},
                                {"kernel_regularizer", "W_regularizer"},
                                {"bias_regularizer", "b_regularizer"},
                                {"kernel_constraint", "W_constraint"},
                                {"bias_constraint", "b_constraint"}};
constexpr LayerCase cases[] = {
    {R"({"filters": 3, "kernel_size": 3})", "float32[2,6,5,2]"},
    {R"({"filters": 4, "kernel_size": [3, 2], "strides": [2, 1], "padding": "same", "activation": "relu"})",
     "float32[2,6,5,2]"},
    {R"({"filters": 4, "kernel_size": 2, "dilation_rate": [2, 1], "groups": 2, "use_bias": false})",
     "float32[1,5,4,4]"},
    {R"({"filters": 3, "kernel_size": [2, 3], "padding": "same", "data_format": "channels_first", "strides": 2})",
     "float32[2,2,5,7]"},
    {R"({"filters": 2, "kernel_size": 3, "padding": "same", "dtype": "bfloat16"})", "float32[1,4,4,3]"},
    {R"({"filters": 2, "kernel_size": 1, "dtype": "mixed_float16", "activation": "tanh"})",
     "float32[1,4,4,3]"},
    {R"({"filters": 2, "kernel_size": 2, "dtype": "float64", "padding": "same"})", "float64[1,4,4,3]"},
};

}  // namespace
extern const LayerDef layer_conv2d =
    define_layer<ConvolutionConfig<2>, build_convolution<2>, lower_convolution<2>>(
        {.class_name = "Conv2D",
         .vintages = vintages,
         .old_names = old_names,
         .cases = cases,
         .convert_weights = convert_old_kernel<ConvolutionConfig<2>, 2>});
}  // namespace keratin
