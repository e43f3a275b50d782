#include "runtime/keras/margins.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::int64_t size;

  template <class V>
  void describe(V& v) {
    v("size", size, std::int64_t(2));
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  check(c.size > 0 && c.size < (std::int64_t(1) << 31), ErrorCode::corrupt_file, "size ", c.size,
        ": expected a positive integer");
  return {repeat_elements(cx.input(), DataFormat::channels_last, {c.size})};
}

constexpr Vintage vintages[] = {{"size", "length"}};
constexpr LayerCase cases[] = {
    {R"({})", "float32[2,3,2]"},
    {R"({"size": 3})", "float32[2,2,2]"},
};

}  // namespace
extern const LayerDef layer_up_sampling1d = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "UpSampling1D", .vintages = vintages, .cases = cases});
}  // namespace keratin
