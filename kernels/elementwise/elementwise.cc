// All element-wise ops: the functors of this folder's headers, cast and select.
#include "kernels/elementwise/activation.h"
#include "kernels/elementwise/arithmetic.h"
#include "kernels/elementwise/cast.h"
#include "kernels/elementwise/compare.h"
#include "kernels/elementwise/fused.h"
#include "kernels/elementwise/transcendental.h"

namespace keratin {
namespace {

template <std::size_t... N>
constexpr auto join(const std::array<ir::OpDef, N>&... parts) {
  std::array<ir::OpDef, (N + ...)> all{};
  std::size_t at = 0;
  auto copy = [&](const auto& part) {
    for (const ir::OpDef& def : part) all[at++] = def;
  };
  (copy(parts), ...);
  return all;
}

using namespace elementwise;
constexpr auto all = join(define_all<1>(ArithmeticUnary()), define_all<2>(ArithmeticBinary()),
                          define_all<1>(TranscendentalUnary()), define_all<2>(TranscendentalBinary()),
                          define_all<1>(CompareUnary()), define_all<2>(CompareBinary()),
                          define_all<1>(Activations()), typed_ops, fused_ops);

}  // namespace
extern const ir::OpFamily ops_elementwise{all};
}  // namespace keratin
