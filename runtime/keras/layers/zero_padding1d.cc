#include "runtime/keras/margins.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  Margins<1> padding;
  DataFormat data_format = DataFormat::channels_last;

  template <class V>
  void describe(V& v) {
    v("padding", padding, 1);
    v("data_format", data_format, nullptr);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  return {add_margins(cx.input(), c.data_format, c.padding.low, c.padding.high)};
}

constexpr LayerCase cases[] = {
    {R"({"padding": 2})", "float32[2,3,2]"},
    {R"({"padding": [1, 3]})", "float32[2,3,2]"},
    {R"({"padding": [0, 1], "data_format": "channels_first"})", "float32[2,3,2]"},
};

}  // namespace
extern const LayerDef layer_zero_padding1d =
    define_layer<Config, build_nothing<Config>, lower>({.class_name = "ZeroPadding1D", .cases = cases});
}  // namespace keratin
