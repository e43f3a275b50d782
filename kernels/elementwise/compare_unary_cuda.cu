#include "kernels/elementwise/compare.h"
#include "kernels/elementwise/elementwise.cuh"

namespace keratin {
launch::Entries entries_compare_unary_cuda() {
  return elementwise::entries_of<1>(elementwise::CompareUnary());
}
}  // namespace keratin
