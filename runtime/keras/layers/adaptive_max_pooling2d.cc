#include "runtime/keras/pooling.h"

namespace keratin {
namespace {

using namespace keras;

constexpr LayerCase cases[] = {
    {R"({"output_size": 3})", "float32[2,5,6,3]"},
    {R"({"output_size": 2, "data_format": "channels_first"})", "float32[2,3,5,6]"},
    {R"({"output_size": [4, 1]})", "float32[1,5,6,2]"},
};

}  // namespace
extern const LayerDef layer_adaptive_max_pooling2d =
    define_layer<AdaptivePoolingConfig<2>, build_adaptive_pooling<2>, lower_adaptive_pooling<2, Pool::max>>(
        {.class_name = "AdaptiveMaxPooling2D", .cases = cases});
}  // namespace keratin
