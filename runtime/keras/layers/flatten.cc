#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::string data_format;

  template <class V>
  void describe(V& v) {
    v("data_format", data_format, "channels_last");
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  ir::Value x = cx.input();
  check(c.data_format == "channels_last" || c.data_format == "channels_first", ErrorCode::corrupt_file,
        "data_format \"", c.data_format, "\": expected channels_last or channels_first");
  check(x.rank() > 0, ErrorCode::corrupt_file, "a scalar can't be flattened");
  if (c.data_format == "channels_first" && x.rank() > 1) {
    ir::Ints order = {0};
    for (std::size_t i = 2; i < x.rank(); ++i) order.push_back(static_cast<std::int64_t>(i));
    order.push_back(1);
    x = ir::transpose(x, order);
  }
  const ir::Dims inner(x.shape().begin() + 1, x.shape().end());
  return {ir::reshape(x, {x.shape()[0], ir::product(inner)})};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,3,4]"},
    {R"({"data_format": "channels_first"})", "float32[2,3,4,5]"},
    {R"({})", "float32[3]"},
};

}  // namespace
extern const LayerDef layer_flatten = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "Flatten", .masking = Masking::drops, .cases = cases});
}  // namespace keratin
