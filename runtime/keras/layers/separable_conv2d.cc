#include "runtime/keras/depthwise_convolution.h"

namespace keratin {
namespace {

using namespace keras;

constexpr const char* old_names[] = {"SeparableConvolution2D"};
constexpr Vintage vintages[] = {{"filters", "nb_filter"},
                                {"kernel_size", "nb_row"},
                                {"kernel_size", "nb_col"},
                                {"strides", "subsample"},
                                {"padding", "border_mode"},
                                {"data_format", "dim_ordering", data_format_of_dim_ordering},
                                {"use_bias", "bias"},
                                {"depthwise_initializer", "init"},
                                {"depthwise_initializer", "depthwise_init"},
                                {"pointwise_initializer", "pointwise_init"},
                                {"bias_regularizer", "b_regularizer"},
                                {"bias_constraint", "b_constraint"}};
constexpr LayerCase cases[] = {
    {R"({"filters": 4, "kernel_size": 3})", "float32[2,5,4,3]"},
    {R"({"filters": 2, "kernel_size": [3, 2], "depth_multiplier": 2, "strides": 2, "padding": "same", "activation": "relu"})",
     "float32[2,5,4,3]"},
    {R"({"filters": 2, "kernel_size": 2, "dilation_rate": 2, "use_bias": false})", "float32[1,5,4,2]"},
    {R"({"filters": 3, "kernel_size": 2, "data_format": "channels_first"})", "float32[1,2,4,5]"},
    {R"({"filters": 3, "kernel_size": 2, "dtype": "mixed_float16"})", "float32[1,3,4,2]"},
};

}  // namespace
extern const LayerDef layer_separable_conv2d =
    define_layer<SeparableConfig<2>, build_separable<2>, lower_separable<2>>(
        {.class_name = "SeparableConv2D", .vintages = vintages, .old_names = old_names, .cases = cases});
}  // namespace keratin
