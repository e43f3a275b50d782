#include "runtime/keras/convolution.h"

namespace keratin {
namespace {

using namespace keras;

constexpr const char* old_names[] = {"Convolution1D", "AtrousConvolution1D"};
constexpr Vintage vintages[] = {{"filters", "nb_filter"},
                                {"kernel_size", "filter_length"},
                                {"strides", "subsample_length"},
                                {"padding", "border_mode"},
                                {"dilation_rate", "atrous_rate"},
                                {"use_bias", "bias"},
                                {"kernel_initializer", "init"},
                                {"kernel_regularizer", "W_regularizer"},
                                {"bias_regularizer", "b_regularizer"},
                                {"kernel_constraint", "W_constraint"},
                                {"bias_constraint", "b_constraint"}};
constexpr LayerCase cases[] = {
    {R"({"filters": 3, "kernel_size": 3})", "float32[2,7,4]"},
    {R"({"filters": 4, "kernel_size": [2], "strides": 2, "padding": "same", "groups": 2, "activation": "relu"})",
     "float32[2,7,4]"},
    {R"({"filters": 3, "kernel_size": 3, "padding": "causal", "dilation_rate": 2, "use_bias": false})",
     "float32[1,6,2]"},
    {R"({"filters": 3, "kernel_size": 2, "data_format": "channels_first", "activation": "softmax"})",
     "float32[2,4,5]"},
    {R"({"filters": 2, "kernel_size": 3, "padding": "same", "dtype": "mixed_float16"})", "float32[2,5,3]"},
    {R"({"filters": 2, "kernel_size": 3, "lora_rank": 2, "lora_alpha": 3.0})", "float32[1,5,3]"},
};

}  // namespace
extern const LayerDef layer_conv1d =
    define_layer<ConvolutionConfig<1>, build_convolution<1>, lower_convolution<1>>(
        {.class_name = "Conv1D",
         .vintages = vintages,
         .old_names = old_names,
         .cases = cases,
         .convert_weights = convert_old_kernel<ConvolutionConfig<1>, 1>});
}  // namespace keratin
