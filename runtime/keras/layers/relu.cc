#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/rectify.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::optional<double> max_value;
  double negative_slope, threshold;

  template <class V>
  void describe(V& v) {
    v("max_value", max_value, nullptr);
    v("negative_slope", negative_slope, 0.0);
    v("threshold", threshold, 0.0);
  }
};

void build(BuildContext&, const Config& c) {
  check(!c.max_value || *c.max_value >= 0, ErrorCode::corrupt_file, "max_value must not be negative");
  check(c.negative_slope >= 0, ErrorCode::corrupt_file, "negative_slope must not be negative");
  check(c.threshold >= 0, ErrorCode::corrupt_file, "threshold must not be negative");
}

ir::Values lower(LowerContext& cx, const Config& c) {
  return {rectify(cx.input(), {c.negative_slope, c.max_value, c.threshold})};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,5]"},
    {R"({"max_value": 0.5})", "float32[2,5]"},
    {R"({"max_value": 6.0})", "float32[2,5]"},
    {R"({"negative_slope": 0.25})", "float32[2,5]"},
    {R"({"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.5})", "float32[3,7]"},
    {R"({"threshold": 0.25})", "float32[2,3,4]"},
    {R"({"negative_slope": 0.5, "threshold": 0.25})", "float32[3,7]"},
};

constexpr const char* old_names[] = {"ThresholdedReLU"};
constexpr Vintage vintages[] = {{"threshold", "theta"}};

}  // namespace
extern const LayerDef layer_relu = define_layer<Config, build, lower>({.class_name = "ReLU",
                                                                       .masking = Masking::passes,
                                                                       .vintages = vintages,
                                                                       .old_names = old_names,
                                                                       .cases = cases});
}  // namespace keratin
