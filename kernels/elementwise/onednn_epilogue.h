// A node's epilogue as oneDNN is told it; a program that is no clamp stays with Ending::finish.
#pragma once

#include "kernels/elementwise/ending.h"
#include "kernels/lib/onednn.h"

namespace keratin::elementwise {

inline onednn::Epilogue onednn_epilogue(const Ending& ending) {
  const epilogue::Places& places = ending.places();
  return {places.scale >= 0, places.shift >= 0, places.add >= 0,
          ending.clamps(),   ending.low(),      ending.high()};
}

}  // namespace keratin::elementwise
