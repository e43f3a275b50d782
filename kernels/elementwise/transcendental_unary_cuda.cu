#include "kernels/elementwise/elementwise.cuh"
#include "kernels/elementwise/transcendental.h"

namespace keratin {
launch::Entries entries_transcendental_unary_cuda() {
  return elementwise::entries_of<1>(elementwise::TranscendentalUnary());
}
}  // namespace keratin
