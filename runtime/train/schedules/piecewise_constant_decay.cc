#include "runtime/train/schedule.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  std::vector<Number> boundaries, values;
  Json name;

  template <class V>
  void describe(V& v) {
    v("boundaries", boundaries);
    v("values", values);
    v("name", name, "PiecewiseConstant");
  }
};

// values[i] up to and including boundaries[i], the last one after all. Keras compares in whole steps.
ir::Value rate(ir::Value step, const Config& c) {
  check(c.values.size() == c.boundaries.size() + 1, ErrorCode::corrupt_file, c.boundaries.size(),
        " boundaries and ", c.values.size(), " values: expected one value more");
  ir::Value rate = ir::constant_like(step, c.values.back().value);
  for (std::size_t i = c.boundaries.size(); i-- > 0;) {
    const auto boundary = static_cast<double>(static_cast<std::int64_t>(c.boundaries[i].value));
    const ir::Value before = ir::compare("less_equal", step, ir::constant_like(step, boundary));
    rate = ir::select(before, ir::constant_like(step, c.values[i].value), rate);
  }
  return rate;
}

const ScheduleCase cases[] = {{R"({"boundaries": [2, 8], "values": [0.1, 0.05, 0.01]})"},
                              {R"({"boundaries": [5], "values": [1.0, 0.5], "name": "steps"})"}};

}  // namespace
extern const ScheduleDef schedule_piecewise_constant_decay =
    define_schedule<Config, rate>({.class_name = "PiecewiseConstantDecay", .cases = cases});
}  // namespace keratin
