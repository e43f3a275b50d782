#include "runtime/keras/spatial_dropout.h"

namespace keratin {
namespace {

using namespace keras;

constexpr Vintage vintages[] = {{"rate", "p"}};
constexpr LayerCase cases[] = {
    {R"({"rate": 0.5})", "float32[2,3,4,5]"},
    {R"({"rate": 0.4, "seed": 7, "data_format": "channels_first"})", "float32[3,4,2,2]",
     R"({"training": true})"},
};

}  // namespace
extern const LayerDef layer_spatial_dropout2d =
    define_spatial_dropout<2>({.class_name = "SpatialDropout2D", .vintages = vintages, .cases = cases});
}  // namespace keratin
