#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::int64_t n;

  template <class V>
  void describe(V& v) {
    v("n", n);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value x = cx.input();
  check(x.rank() == 2 && c.n >= 0, ErrorCode::corrupt_file, "wants (batch, features) and n >= 0, got ",
        ir::to_string(x.type()), " and n ", c.n);
  return {ir::broadcast_to(ir::expand_dims(x, 1), {x.shape()[0], ir::Dim(c.n), x.shape()[1]})};
}

constexpr LayerCase cases[] = {
    {R"({"n": 3})", "float32[2,4]"},
};

}  // namespace
extern const LayerDef layer_repeat_vector = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "RepeatVector", .masking = Masking::drops, .cases = cases});
}  // namespace keratin
