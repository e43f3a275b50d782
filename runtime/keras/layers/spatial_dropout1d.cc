#include "runtime/keras/spatial_dropout.h"

namespace keratin {
namespace {

using namespace keras;

constexpr Vintage vintages[] = {{"rate", "p"}};
constexpr LayerCase cases[] = {
    {R"({"rate": 0.5})", "float32[2,3,4]"},
    {R"({"rate": 0.4, "seed": 7})", "float32[3,4,5]", R"({"training": true})"},
};

}  // namespace
extern const LayerDef layer_spatial_dropout1d =
    define_spatial_dropout<1>({.class_name = "SpatialDropout1D", .vintages = vintages, .cases = cases});
}  // namespace keratin
