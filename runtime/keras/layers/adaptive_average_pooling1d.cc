#include "runtime/keras/pooling.h"

namespace keratin {
namespace {

using namespace keras;

constexpr LayerCase cases[] = {
    {R"({"output_size": 3})", "float32[2,7,3]"},
    {R"({"output_size": 2, "data_format": "channels_first"})", "float32[2,3,7]"},
    {R"({"output_size": 5})", "float32[1,7,2]"},
    {R"({"output_size": 1})", "float32[1,7,2]"},
};

}  // namespace
extern const LayerDef layer_adaptive_average_pooling1d =
    define_layer<AdaptivePoolingConfig<1>, build_adaptive_pooling<1>,
                 lower_adaptive_pooling<1, Pool::average>>(
        {.class_name = "AdaptiveAveragePooling1D", .cases = cases});
}  // namespace keratin
