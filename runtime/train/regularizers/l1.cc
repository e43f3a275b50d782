#include "runtime/train/regularizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number l1;

  template <class V>
  void describe(V& v) {
    v("l1", l1, 0.01);
  }
};

ir::Value penalty(ir::Value x, const Config& c) { return sum_all(ir::unary("abs", x)) * c.l1.value; }

constexpr const char* aliases[] = {"l1"};
const RegularizerCase cases[] = {{"{}", {3, 4}}, {R"({"l1": 0.2})", {5}}};

}  // namespace
extern const RegularizerDef regularizer_l1 =
    define_regularizer<Config, penalty>({.class_name = "L1", .cases = cases, .aliases = aliases});
}  // namespace keratin
