#include "kernels/elementwise/arithmetic.h"
#include "kernels/elementwise/elementwise.cuh"

namespace keratin {
launch::Entries entries_arithmetic_unary_cuda() {
  return elementwise::entries_of<1>(elementwise::ArithmeticUnary());
}
}  // namespace keratin
