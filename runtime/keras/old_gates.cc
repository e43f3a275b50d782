#include "runtime/keras/old_gates.h"

#include "runtime/core/cast.h"
#include "runtime/core/error.h"

namespace keratin::keras {

void join_gates(OldWeights& old, const std::vector<std::size_t>& order) {
  constexpr std::size_t kinds = 3;
  if (old.arrays.size() != kinds * order.size()) return;
  std::vector<OldWeights::Array> made;
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    std::vector<std::size_t> indices;
    for (std::size_t gate : order) indices.push_back(kinds * gate + kind);
    made.push_back(joined(old, indices));
  }
  old.arrays = std::move(made);
  old.changes.push_back("the gates' arrays are joined");
}

bool is_cudnn(const OldWeights& old, std::int64_t gates) {
  if (old.arrays.size() != 3 || old.shape(0).size() != 2 || old.shape(1).size() != 2) return false;
  const std::int64_t units = old.shape(1)[0];
  return old.shape(2) == Shape{2 * gates * units} && old.shape(0)[1] == gates * units &&
         old.shape(1)[1] == gates * units;
}

void convert_cudnn_kernels(OldWeights& old, std::int64_t gates) {
  const std::int64_t inputs = old.shape(0)[0], units = old.shape(1)[0];
  assume(old.shape(1)[1] == gates * units, "asked is_cudnn before");
  old.arrays[0] = rearranged(old.arrays[0], old.shape(0), [=](const Shape& at, Shape& source) {
    // Each gate's matrix is stored as (units, inputs), whatever its shape says
    const std::int64_t flat = at[0] + at[1] % units * inputs;
    source[0] = flat / units;
    source[1] = at[1] / units * units + flat % units;
  });
  old.arrays[1] = rearranged(old.arrays[1], old.shape(1), [=](const Shape& at, Shape& source) {
    source[0] = at[1] % units;
    source[1] = at[1] / units * units + at[0];
  });
  old.changes.push_back("weights are brought from cuDNN's layout");
}

OldWeights::Array sum_of_halves(const OldWeights::Array& bias) {
  const Shape shape = {bias.entry.shape[0] / 2};
  auto make = [shape](const std::vector<Tensor>& values) {
    const Tensor both = cast_tensor(values[0], DType::float64);
    Tensor sum(DType::float64, shape);
    for (std::size_t i = 0; i < sum.elements(); ++i)
      sum.data<double>()[i] = both.values<double>()[i] + both.values<double>()[i + sum.elements()];
    return cast_tensor(sum, values[0].dtype());
  };
  return {bias.name, computed({bias}, bias.entry.dtype, shape, make)};
}

}  // namespace keratin::keras
