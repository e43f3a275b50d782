#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::vector<std::int64_t> dims;

  template <class V>
  void describe(V& v) {
    v("dims", dims);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  ir::Ints order = {0};
  order.insert(order.end(), c.dims.begin(), c.dims.end());
  check(order.size() == cx.input().rank(), ErrorCode::corrupt_file, "dims has ", c.dims.size(),
        " axes for an input of rank ", cx.input().rank());
  return {ir::transpose(cx.input(), order)};
}

constexpr LayerCase cases[] = {
    {R"({"dims": [2, 1]})", "float32[2,3,4]"},
    {R"({"dims": [3, 1, 2]})", "float32[2,3,4,5]"},
};

}  // namespace
extern const LayerDef layer_permute = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "Permute", .masking = Masking::drops, .cases = cases});
}  // namespace keratin
