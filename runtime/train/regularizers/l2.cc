#include "runtime/train/regularizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number l2;

  template <class V>
  void describe(V& v) {
    v("l2", l2, 0.01);
  }
};

ir::Value penalty(ir::Value x, const Config& c) { return sum_all(ir::square(x)) * c.l2.value; }

constexpr const char* aliases[] = {"l2"};
const RegularizerCase cases[] = {{"{}", {3, 4}}, {R"({"l2": 0.2})", {2, 2, 3}}};

}  // namespace
extern const RegularizerDef regularizer_l2 =
    define_regularizer<Config, penalty>({.class_name = "L2", .cases = cases, .aliases = aliases});
}  // namespace keratin
