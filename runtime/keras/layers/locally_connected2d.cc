#include "runtime/keras/locally_connected.h"

namespace keratin {
namespace {

using namespace keras;

constexpr Vintage vintages[] = {{"filters", "nb_filter"},
                                {"kernel_size", "nb_row"},
                                {"kernel_size", "nb_col"},
                                {"strides", "subsample"},
                                {"data_format", "dim_ordering", data_format_of_dim_ordering},
                                {"padding", "border_mode"},
                                {"use_bias", "bias"},
                                {"kernel_initializer", "init"},
                                {"kernel_regularizer", "W_regularizer"},
                                {"bias_regularizer", "b_regularizer"},
                                {"kernel_constraint", "W_constraint"},
                                {"bias_constraint", "b_constraint"}};
constexpr LayerCase cases[] = {
    {R"({"filters": 3, "kernel_size": 2})", "float32[2,4,3,2]"},
    {R"({"filters": 2, "kernel_size": [3, 2], "strides": [1, 2], "activation": "tanh"})", "float32[1,4,6,2]"},
};

}  // namespace
extern const LayerDef layer_locally_connected2d =
    define_layer<LocallyConnectedConfig<2>, build_locally_connected<2>, lower_locally_connected<2>>(
        {.class_name = "LocallyConnected2D", .vintages = vintages, .cases = cases, .in_keras_3 = false});
}  // namespace keratin
