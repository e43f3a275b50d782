#include "runtime/keras/numbers.h"

#include "runtime/core/cast.h"
#include "runtime/core/error.h"

namespace keratin::keras {
namespace {

void collect(const serialization::Json& json, std::size_t depth, Numbers& numbers) {
  if (!json.is_array()) {
    check(depth == numbers.shape.size(), ErrorCode::corrupt_file, "lists of different depths");
    numbers.values.push_back(json.as_number());
    return;
  }
  const auto& items = json.as_array();
  check(depth < numbers.shape.size() && items.size() == static_cast<std::size_t>(numbers.shape[depth]),
        ErrorCode::corrupt_file, "lists of different lengths");
  for (const serialization::Json& item : items) collect(item, depth + 1, numbers);
}

}  // namespace

Numbers read_numbers(const serialization::Json& json) {
  if (json.is_object()) {
    const std::string& kind = json.at("class_name").as_string();
    check(kind == "__numpy__" || kind == "__tensor__" || kind == "__tuple__", ErrorCode::corrupt_file, kind,
          ": expected numbers");
    return read_numbers(json.at("config").at("value"));
  }
  Numbers numbers;
  for (const serialization::Json* at = &json; at->is_array(); at = &at->as_array()[0]) {
    numbers.shape.push_back(static_cast<std::int64_t>(at->as_array().size()));
    check(!at->as_array().empty(), ErrorCode::corrupt_file, "an empty list, expected numbers");
  }
  collect(json, 0, numbers);
  return numbers;
}

Tensor to_tensor(const Numbers& numbers, DType dtype) {
  Tensor tensor(DType::float64, numbers.shape);
  std::copy(numbers.values.begin(), numbers.values.end(), tensor.data<double>());
  return cast_tensor(tensor, dtype);
}

}  // namespace keratin::keras
