#include "runtime/keras/pooling.h"

namespace keratin {
namespace {

using namespace keras;

constexpr const char* old_names[] = {"GlobalMaxPool2D"};
constexpr Vintage vintages[] = {{"data_format", "dim_ordering", data_format_of_dim_ordering}};
constexpr LayerCase cases[] = {
    {R"({})", "float32[2,5,6,3]"},
    {R"({"keepdims": true})", "float32[2,5,6,3]"},
    {R"({"data_format": "channels_first"})", "float32[2,3,5,6]"},
};

}  // namespace
extern const LayerDef layer_global_max_pooling2d =
    define_layer<GlobalPoolingConfig, build_global_pooling<2>, lower_global_pooling<2, Pool::max>>(
        {.class_name = "GlobalMaxPooling2D", .vintages = vintages, .old_names = old_names, .cases = cases});
}  // namespace keratin
