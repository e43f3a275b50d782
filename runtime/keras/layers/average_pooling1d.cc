#include "runtime/keras/pooling.h"

namespace keratin {
namespace {

using namespace keras;

constexpr const char* old_names[] = {"AvgPool1D"};
constexpr Vintage vintages[] = {
    {"pool_size", "pool_length"}, {"strides", "stride"}, {"padding", "border_mode"}};
constexpr LayerCase cases[] = {
    {R"({"pool_size": 2})", "float32[2,7,3]"},
    {R"({"pool_size": 3, "strides": 2, "padding": "same"})", "float32[2,7,3]"},
    {R"({"pool_size": 2, "strides": 1, "padding": "same", "data_format": "channels_first"})",
     "float32[2,3,7]"},
};

}  // namespace
extern const LayerDef layer_average_pooling1d =
    define_layer<PoolingConfig<1>, build_pooling<1>, lower_pooling<1, Pool::average>>(
        {.class_name = "AveragePooling1D", .vintages = vintages, .old_names = old_names, .cases = cases});
}  // namespace keratin
