#include "runtime/keras/pooling.h"

namespace keratin {
namespace {

using namespace keras;

constexpr const char* old_names[] = {"GlobalMaxPool1D"};
constexpr LayerCase cases[] = {
    {R"({})", "float32[2,7,3]"},
    {R"({"keepdims": true})", "float32[2,7,3]"},
    {R"({"data_format": "channels_first"})", "float32[2,3,7]"},
};

}  // namespace
extern const LayerDef layer_global_max_pooling1d =
    define_layer<GlobalPoolingConfig, build_global_pooling<1>, lower_global_pooling<1, Pool::max>>(
        {.class_name = "GlobalMaxPooling1D", .old_names = old_names, .cases = cases});
}  // namespace keratin
