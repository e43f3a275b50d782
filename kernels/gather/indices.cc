#include "kernels/gather/indices.h"

#include "runtime/core/half.h"

namespace keratin::indices {

std::vector<std::int64_t> read_integers(const ir::HostView& indices) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(indices.elements()));
  visit_dtype(indices.dtype, [&]<class T>() {
    if constexpr (std::is_integral_v<T>) {
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<std::int64_t>(indices.as<T>()[i]);
    } else {
      assume(false, "indices must be integers");
    }
  });
  return values;
}

std::vector<std::int64_t> read_indices(const ir::Node& node, const ir::HostView& indices,
                                       std::int64_t length) {
  std::vector<std::int64_t> values = read_integers(indices);
  for (std::int64_t& value : values) {
    ir::op_check(value >= -length && value < length, node, "index ", value, " is outside of an axis of ",
                 length, node.label.empty() ? "" : cat(" (layer \"", node.label, "\")"));
    if (value < 0) value += length;
  }
  return values;
}

}  // namespace keratin::indices
