#include "kernels/elementwise/compare.h"
#include "kernels/elementwise/elementwise.cuh"

namespace keratin {
launch::Entries entries_compare_binary_cuda() {
  return elementwise::entries_of<2>(elementwise::CompareBinary());
}
}  // namespace keratin
