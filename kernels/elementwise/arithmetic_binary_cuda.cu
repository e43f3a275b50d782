#include "kernels/elementwise/arithmetic.h"
#include "kernels/elementwise/elementwise.cuh"

namespace keratin {
launch::Entries entries_arithmetic_binary_cuda() {
  return elementwise::entries_of<2>(elementwise::ArithmeticBinary());
}
}  // namespace keratin
