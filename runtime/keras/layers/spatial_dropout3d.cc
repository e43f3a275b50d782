#include "runtime/keras/spatial_dropout.h"

namespace keratin {
namespace {

using namespace keras;

constexpr Vintage vintages[] = {{"rate", "p"}};
constexpr LayerCase cases[] = {
    {R"({"rate": 0.5})", "float32[2,3,4,5,6]"},
    {R"({"rate": 0.4, "seed": 7})", "float32[3,2,2,2,5]", R"({"training": true})"},
};

}  // namespace
extern const LayerDef layer_spatial_dropout3d =
    define_spatial_dropout<3>({.class_name = "SpatialDropout3D", .vintages = vintages, .cases = cases});
}  // namespace keratin
