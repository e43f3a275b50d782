#include "runtime/keras/depthwise_convolution.h"

namespace keratin {
namespace {

using namespace keras;

constexpr const char* old_names[] = {"SeparableConvolution1D"};
constexpr Vintage vintages[] = {{"filters", "nb_filter"},
                                {"kernel_size", "filter_length"},
                                {"strides", "subsample_length"},
                                {"padding", "border_mode"},
                                {"data_format", "dim_ordering", data_format_of_dim_ordering},
                                {"use_bias", "bias"},
                                {"depthwise_initializer", "init"},
                                {"depthwise_initializer", "depthwise_init"},
                                {"pointwise_initializer", "pointwise_init"},
                                {"bias_regularizer", "b_regularizer"},
                                {"bias_constraint", "b_constraint"}};
constexpr LayerCase cases[] = {
    {R"({"filters": 4, "kernel_size": 3})", "float32[2,6,3]"},
    {R"({"filters": 2, "kernel_size": 2, "depth_multiplier": 2, "strides": 2, "padding": "same", "activation": "relu"})",
     "float32[2,5,3]"},
    {R"({"filters": 3, "kernel_size": 2, "data_format": "channels_first", "use_bias": false})",
     "float32[1,2,5]"},
};

}  // namespace
extern const LayerDef layer_separable_conv1d =
    define_layer<SeparableConfig<1>, build_separable<1>, lower_separable<1>>(
        {.class_name = "SeparableConv1D", .vintages = vintages, .old_names = old_names, .cases = cases});
}  // namespace keratin
