#include <algorithm>
#include <cstdlib>

#include "runtime/ir/build_nn.h"
#include "runtime/train/constraint.h"

namespace keratin {
namespace {

using namespace train;

// Where tf_keras takes the values of a ring around the middle from: a place on the diagonal.
std::int64_t source_of(std::int64_t ring, std::int64_t size) {
  const std::int64_t start = size / 2;
  if (ring == 0) return std::max<std::int64_t>(start - 1, 0);
  return size % 2 ? start + ring - 1 : start + ring;
}

// In a convolution's kernel (rows, columns, in, out), all places as far from the middle have one value.
ir::Value apply(ir::Value w, const NoConfig&) {
  check(w.rank() == 4 && w.shape()[0] == w.shape()[1], ErrorCode::corrupt_file,
        "RadialConstraint is for square kernels (rows, columns, in, out), not for ", to_string(w.type()));
  const std::int64_t size = w.shape()[0].value();
  check(size > 1, ErrorCode::corrupt_file, "RadialConstraint of one row and column has no rings");
  Tensor places(DType::int32, {size * size});
  for (std::int64_t i = 0; i < size * size; ++i) {
    // twice the distance from the middle, which lies between two places when size is even
    const std::int64_t far =
        std::max(std::abs(2 * (i / size) - size + 1), std::abs(2 * (i % size) - size + 1));
    places.data<std::int32_t>()[i] = static_cast<std::int32_t>(source_of(far / 2, size) * (size + 1));
  }
  const ir::Dims shape = w.shape();
  const ir::Value rows = ir::reshape(w, {size * size, shape[2] * shape[3]});
  return ir::reshape(ir::gather(rows, ir::constant(w.graph(), places), 0), shape);
}

constexpr const char* aliases[] = {"radial_constraint"};
const ConstraintCase cases[] = {{"{}", {3, 3, 2, 2}}, {"{}", {4, 4, 1, 3}}, {"{}", {5, 5, 2, 1}}};

}  // namespace
extern const ConstraintDef constraint_radial_constraint = define_constraint<NoConfig, apply>(
    {.class_name = "RadialConstraint", .cases = cases, .aliases = aliases});
}  // namespace keratin
