#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  keras::Activation activation;

  template <class V>
  void describe(V& v) {
    v("activation", activation);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) { return {c.activation(cx, cx.input())}; }

constexpr LayerCase cases[] = {
    {R"({"activation": "relu"})", "float32[2,5]"},
    {R"({"activation": "softmax"})", "float32[2,3,4]"},
    {R"({"activation": "hard_sigmoid", "dtype": "float16"})", "float32[3,4]"},
    {R"({"activation": "gelu"})", "float32[2,5]"},
    {R"({"activation": "sparsemax"})", "float32[3,6]"},
    {R"({"activation": "glu"})", "float32[3,6]"},
    {R"({"activation": "log_softmax"})", "float32[3,6]"},
};

}  // namespace
extern const LayerDef layer_activation = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "Activation", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
