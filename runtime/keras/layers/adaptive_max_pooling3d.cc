#include "runtime/keras/pooling.h"

namespace keratin {
namespace {

using namespace keras;

constexpr LayerCase cases[] = {
    {R"({"output_size": 3})", "float32[1,4,5,4,2]"},
    {R"({"output_size": 2, "data_format": "channels_first"})", "float32[1,2,4,5,4]"},
};

}  // namespace
extern const LayerDef layer_adaptive_max_pooling3d =
    define_layer<AdaptivePoolingConfig<3>, build_adaptive_pooling<3>, lower_adaptive_pooling<3, Pool::max>>(
        {.class_name = "AdaptiveMaxPooling3D", .cases = cases});
}  // namespace keratin
