#include "runtime/keras/pooling.h"

namespace keratin {
namespace {

using namespace keras;

// Masked steps don't count.
ir::Values lower(LowerContext& cx, const GlobalPoolingConfig& c) {
  if (!cx.mask()) return lower_global_pooling<1, Pool::average>(cx, c);
  check_spatial(cx.input().type(), 1);
  const std::int64_t steps = c.data_format == DataFormat::channels_last ? 1 : 2;
  const ir::Keep keep = c.keepdims ? ir::Keep::yes : ir::Keep::no;
  const ir::Value x = cx.input();
  const ir::Value seen = ir::expand_dims(ir::cast(cx.mask(), DType::boolean), 3 - steps);
  return {ir::sum(ir::select(seen, x, ir::constant_like(x, 0)), {steps}, keep) /
          ir::sum(ir::cast(seen, x.dtype()), {steps}, keep)};
}

constexpr const char* old_names[] = {"GlobalAvgPool1D"};
constexpr LayerCase cases[] = {
    {R"({})", "float32[2,7,3]"},
    {R"({"keepdims": true})", "float32[2,7,3]"},
    {R"({"data_format": "channels_first"})", "float32[2,3,7]"},
    {R"({})", "float32[3,5,2]", R"({"mask": "bool[3,5]"})"},
    {R"({"keepdims": true, "data_format": "channels_first"})", "float32[3,2,5]", R"({"mask": "bool[3,5]"})"},
};

}  // namespace
extern const LayerDef layer_global_average_pooling1d =
    define_layer<GlobalPoolingConfig, build_global_pooling<1>, lower>(
        {.class_name = "GlobalAveragePooling1D", .old_names = old_names, .cases = cases});
}  // namespace keratin
