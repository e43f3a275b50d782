#include "runtime/train/regularizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number l1, l2;

  template <class V>
  void describe(V& v) {
    v("l1", l1, 0.0);
    v("l2", l2, 0.0);
  }
};

ir::Value penalty(ir::Value x, const Config& c) {
  ir::Value sum = ir::constant_like(x, 0);
  if (c.l1.value != 0) sum = sum_all(ir::unary("abs", x)) * c.l1.value;
  if (c.l2.value != 0) sum = sum + sum_all(ir::square(x)) * c.l2.value;
  return sum;
}

constexpr const char* aliases[] = {"l1_l2"};
const RegularizerCase cases[] = {
    {"{}", {3}}, {R"({"l1": 0.2, "l2": 0.1})", {3, 4}}, {R"({"l1": 0.05, "l2": 0.0})", {2, 3, 2}}};

}  // namespace
extern const RegularizerDef regularizer_l1_l2 =
    define_regularizer<Config, penalty>({.class_name = "L1L2", .cases = cases, .aliases = aliases});
}  // namespace keratin
