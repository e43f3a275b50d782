// Words that a CustomLayer computes with: Keras' names on opaque values of a graph. What is built with them
// trains, exports and runs on every device like a built-in layer. Element-wise words broadcast as numpy does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keratin/export.h"
#include "keratin/tensor.h"

namespace keratin {
inline namespace v1 {
namespace ops {

// A tensor of the graph that is being made. Valid only inside call().
struct KERATIN_API Value {
  void* node = nullptr;
  std::uint32_t result = 0;
  DType dtype() const;
  Shape shape() const;  // -1: any size
};

KERATIN_API Value operator+(Value a, Value b);
KERATIN_API Value operator-(Value a, Value b);
KERATIN_API Value operator*(Value a, Value b);
KERATIN_API Value operator/(Value a, Value b);
KERATIN_API Value operator-(Value a);
KERATIN_API Value operator+(Value a, double b);
KERATIN_API Value operator-(Value a, double b);
KERATIN_API Value operator*(Value a, double b);
KERATIN_API Value operator/(Value a, double b);
KERATIN_API Value maximum(Value a, Value b);
KERATIN_API Value minimum(Value a, Value b);
// Any element-wise function of one tensor by its Keras name: "exp", "log", "tanh", "relu", "sigmoid", "gelu"
// …
KERATIN_API Value unary(const std::string& name, Value x);
KERATIN_API Value matmul(Value a, Value b);  // (…, k) x (k, n)
KERATIN_API Value sum(Value x, const std::vector<std::int64_t>& axes, bool keepdims = false);
KERATIN_API Value mean(Value x, const std::vector<std::int64_t>& axes, bool keepdims = false);
KERATIN_API Value max(Value x, const std::vector<std::int64_t>& axes, bool keepdims = false);
KERATIN_API Value reshape(Value x, const Shape& shape);  // one -1 is worked out
KERATIN_API Value transpose(Value x, const std::vector<std::int64_t>& permutation);
KERATIN_API Value concatenate(const std::vector<Value>& parts, std::int64_t axis);
KERATIN_API Value softmax(Value x, std::int64_t axis = -1);
KERATIN_API Value cast(Value x, DType dtype);
KERATIN_API Value stop_gradient(Value x);

}  // namespace ops
}  // namespace v1
}  // namespace keratin
