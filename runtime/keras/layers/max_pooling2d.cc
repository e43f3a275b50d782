#include "runtime/keras/pooling.h"

namespace keratin {
namespace {

using namespace keras;

constexpr const char* old_names[] = {"MaxPool2D"};
constexpr Vintage vintages[] = {{"padding", "border_mode"},
                                {"data_format", "dim_ordering", data_format_of_dim_ordering}};
constexpr LayerCase cases[] = {
    {R"({"pool_size": 2})", "float32[2,5,6,3]"},
    {R"({"pool_size": 3, "strides": 2, "padding": "same"})", "float32[2,5,6,3]"},
    {R"({"pool_size": 2, "strides": 1, "padding": "same", "data_format": "channels_first"})",
     "float32[2,3,5,6]"},
    {R"({"pool_size": [2, 3], "strides": [1, 2], "dtype": "float16"})", "float16[1,4,6,2]"},
};

}  // namespace
extern const LayerDef layer_max_pooling2d =
    define_layer<PoolingConfig<2>, build_pooling<2>, lower_pooling<2, Pool::max>>(
        {.class_name = "MaxPooling2D", .vintages = vintages, .old_names = old_names, .cases = cases});
}  // namespace keratin
