#include "runtime/keras/margins.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  Margins<1> cropping;
  DataFormat data_format = DataFormat::channels_last;

  template <class V>
  void describe(V& v) {
    v("cropping", cropping, 1);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  return {remove_margins(cx.input(), c.data_format, c.cropping.low, c.cropping.high)};
}

constexpr LayerCase cases[] = {
    {R"({"cropping": 1})", "float32[2,5,2]"},
    {R"({"cropping": [1, 2]})", "float32[2,5,2]"},
};

}  // namespace
extern const LayerDef layer_cropping1d =
    define_layer<Config, build_nothing<Config>, lower>({.class_name = "Cropping1D", .cases = cases});
}  // namespace keratin
