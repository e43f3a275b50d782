#include "runtime/keras/shapes.h"

#include "runtime/core/error.h"

namespace keratin::keras {

ir::Dims resolved_shape(const ir::Dim& total, const std::vector<std::int64_t>& target) {
  ir::Dims shape;
  ir::Dim known = 1;
  std::size_t open = target.size();
  for (std::size_t i = 0; i < target.size(); ++i) {
    check(target[i] >= -1, ErrorCode::corrupt_file, "shape: dimension ", target[i], " is negative");
    check(target[i] != -1 || open == target.size(), ErrorCode::corrupt_file, "shape: -1 stands twice");
    if (target[i] == -1) open = i;
    shape.push_back(ir::Dim(target[i]));
    if (target[i] != -1) known = known * ir::Dim(target[i]);
  }
  if (open == target.size()) return shape;
  const std::optional<ir::Dim> rest = exact_div(total, known);
  check(rest.has_value(), ErrorCode::corrupt_file, "shape: ", total.to_string(),
        " elements can't be divided by ", known.to_string());
  shape[open] = *rest;
  return shape;
}

}  // namespace keratin::keras
