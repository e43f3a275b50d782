#include "runtime/keras/pooling.h"

namespace keratin {
namespace {

using namespace keras;

constexpr const char* old_names[] = {"GlobalMaxPool3D"};
constexpr Vintage vintages[] = {{"data_format", "dim_ordering", data_format_of_dim_ordering}};
constexpr LayerCase cases[] = {
    {R"({})", "float32[1,4,5,4,2]"},
    {R"({"keepdims": true})", "float32[1,4,5,4,2]"},
    {R"({"data_format": "channels_first"})", "float32[1,2,4,5,4]"},
};

}  // namespace
extern const LayerDef layer_global_max_pooling3d =
    define_layer<GlobalPoolingConfig, build_global_pooling<3>, lower_global_pooling<3, Pool::max>>(
        {.class_name = "GlobalMaxPooling3D", .vintages = vintages, .old_names = old_names, .cases = cases});
}  // namespace keratin
