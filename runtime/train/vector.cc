#include "runtime/train/vector.h"

#include <algorithm>

#include "runtime/core/cast.h"

namespace keratin::train {

using serialization::Json;

ir::Value vector_of(ir::Graph& graph, DType dtype, std::span<const double> numbers) {
  Tensor tensor(DType::float64, {static_cast<std::int64_t>(numbers.size())});
  std::copy(numbers.begin(), numbers.end(), tensor.data<double>());
  return ir::constant(graph, cast_tensor(tensor, dtype));
}

ir::Value vector_of(ir::Graph& graph, DType dtype, const Json& numbers) {
  return vector_of(graph, dtype, numbers_of(numbers));
}

std::vector<double> numbers_of(const Json& numbers) {
  if (numbers.is_object()) return numbers_of(numbers.at("config").at("value"));
  if (!numbers.is_array()) return {numbers.as_number()};
  std::vector<double> found;
  for (const Json& number : numbers.as_array()) found.push_back(number.as_number());
  return found;
}

}  // namespace keratin::train
