#include "runtime/keras/convolution.h"

namespace keratin {
namespace {

using namespace keras;

constexpr const char* old_names[] = {"Convolution3D"};
constexpr Vintage vintages[] = {{"filters", "nb_filter"},
                                {"kernel_size", "kernel_dim1"},
                                {"kernel_size", "kernel_dim2"},
                                {"kernel_size", "kernel_dim3"},
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
    {R"({"filters": 3, "kernel_size": 2})", "float32[1,4,3,3,2]"},
    {R"({"filters": 2, "kernel_size": [2, 3, 1], "strides": [1, 2, 2], "padding": "same", "activation": "relu"})",
     "float32[2,3,5,4,2]"},
    {R"({"filters": 2, "kernel_size": 2, "padding": "same", "dilation_rate": 2, "use_bias": false})",
     "float32[1,4,4,3,2]"},
    {R"({"filters": 2, "kernel_size": 2, "data_format": "channels_first"})", "float32[1,2,3,4,4]"},
};

}  // namespace
extern const LayerDef layer_conv3d =
    define_layer<ConvolutionConfig<3>, build_convolution<3>, lower_convolution<3>>(
        {.class_name = "Conv3D",
         .vintages = vintages,
         .old_names = old_names,
         .cases = cases,
         .convert_weights = convert_old_kernel<ConvolutionConfig<3>, 3>});
}  // namespace keratin
