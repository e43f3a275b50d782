#include "runtime/keras/pooling.h"

namespace keratin {
namespace {

using namespace keras;

constexpr const char* old_names[] = {"MaxPool3D"};
constexpr Vintage vintages[] = {{"padding", "border_mode"},
                                {"data_format", "dim_ordering", data_format_of_dim_ordering}};
constexpr LayerCase cases[] = {
    {R"({"pool_size": 2})", "float32[1,4,5,4,2]"},
    {R"({"pool_size": 3, "strides": 2, "padding": "same"})", "float32[1,4,5,4,2]"},
    {R"({"pool_size": 2, "strides": 1, "padding": "same", "data_format": "channels_first"})",
     "float32[1,2,4,5,4]"},
};

}  // namespace
extern const LayerDef layer_max_pooling3d =
    define_layer<PoolingConfig<3>, build_pooling<3>, lower_pooling<3, Pool::max>>(
        {.class_name = "MaxPooling3D", .vintages = vintages, .old_names = old_names, .cases = cases});
}  // namespace keratin
