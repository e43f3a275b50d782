#include "kernels/elementwise/elementwise.cuh"
#include "kernels/elementwise/transcendental.h"

namespace keratin {
launch::Entries entries_transcendental_binary_cuda() {
  return elementwise::entries_of<2>(elementwise::TranscendentalBinary());
}
}  // namespace keratin
