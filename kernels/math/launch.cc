#include "kernels/math/launch.h"

namespace keratin::launch {

std::vector<std::int64_t> broadcast_strides(std::span<const std::int64_t> x, std::size_t rank) {
  std::vector<std::int64_t> strides(rank, 0);
  std::int64_t step = 1;
  for (std::size_t i = x.size(); i-- > 0;) {
    strides[rank - x.size() + i] = x[i] == 1 ? 0 : step;
    step *= x[i];
  }
  return strides;
}

bool join_axes(std::span<const std::int64_t> shape, std::span<const std::vector<std::int64_t>> strides,
               std::int32_t& rank, std::int64_t* joined_shape, std::int64_t (*joined_strides)[max_rank]) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    bool joins = count > 0;
    for (std::size_t k = 0; k < strides.size() && joins; ++k)
      joins = joined_strides[k][count - 1] == strides[k][i] * shape[i];
    if (!joins && count == max_rank) return false;
    if (!joins) joined_shape[count++] = 1;
    joined_shape[count - 1] *= shape[i];
    for (std::size_t k = 0; k < strides.size(); ++k) joined_strides[k][count - 1] = strides[k][i];
  }
  rank = static_cast<std::int32_t>(count);
  return true;
}

}  // namespace keratin::launch
