#include "runtime/keras/locally_connected.h"

namespace keratin {
namespace {

using namespace keras;

constexpr Vintage vintages[] = {{"filters", "nb_filter"},
                                {"kernel_size", "filter_length"},
                                {"strides", "subsample_length"},
                                {"padding", "border_mode"},
                                {"use_bias", "bias"},
                                {"kernel_initializer", "init"},
                                {"kernel_regularizer", "W_regularizer"},
                                {"bias_regularizer", "b_regularizer"},
                                {"kernel_constraint", "W_constraint"},
                                {"bias_constraint", "b_constraint"}};
constexpr LayerCase cases[] = {
    {R"({"filters": 3, "kernel_size": 2})", "float32[2,5,2]"},
    {R"({"filters": 2, "kernel_size": 3, "strides": 2, "use_bias": false, "activation": "relu"})",
     "float32[2,7,3]"},
};

}  // namespace
extern const LayerDef layer_locally_connected1d =
    define_layer<LocallyConnectedConfig<1>, build_locally_connected<1>, lower_locally_connected<1>>(
        {.class_name = "LocallyConnected1D", .vintages = vintages, .cases = cases, .in_keras_3 = false});
}  // namespace keratin
