#include "runtime/train/overlap.h"

namespace keratin::train {

ir::Ints axes_of(ir::Value x, const Json& axis) {
  if (axis.is_null()) return all_axes(x);
  if (!axis.is_array()) return {axis.as_integer()};
  ir::Ints axes;
  for (const Json& one : axis.as_array()) axes.push_back(one.as_integer());
  return axes;
}

}  // namespace keratin::train
