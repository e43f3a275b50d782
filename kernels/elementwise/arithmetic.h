// Arithmetic functors: + - * / powers, rounding, signs.
#pragma once

#include "kernels/elementwise/functor.h"

namespace keratin::elementwise {

using ir::Value;

struct Add {
  static constexpr const char* name = "add";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return static_cast<T>(a + b);
  }
  static std::array<Value, 2> gradient(Value, Value, Value, Value dy) { return {dy, dy}; }
};
struct Subtract {
  static constexpr const char* name = "subtract";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return static_cast<T>(a - b);
  }
  static std::array<Value, 2> gradient(Value, Value, Value, Value dy) { return {dy, -dy}; }
};
struct Multiply {
  static constexpr const char* name = "multiply";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return static_cast<T>(a * b);
  }
  static std::array<Value, 2> gradient(Value a, Value b, Value, Value dy) { return {dy * b, dy * a}; }
};
struct Divide {
  static constexpr const char* name = "divide";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return a / b;
  }
  static std::array<Value, 2> gradient(Value, Value b, Value y, Value dy) { return {dy / b, -(dy * y) / b}; }
};
struct DivideNoNan {
  static constexpr const char* name = "divide_no_nan";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return m::select(m::equal(b, m::constant(b, 0)), m::constant(a, 0), a / b);
  }
  static std::array<Value, 2> gradient(Value, Value b, Value y, Value dy) {
    return {value(dy, b), -value(dy * y, b)};
  }
};
struct FloorDivide {
  static constexpr const char* name = "floor_divide";
  static constexpr Domain domain = Domain::numeric;
  static constexpr const char* no_gradient = "floor division is piecewise constant";
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return m::floor_divide(a, b);
  }
};
struct FloorMod {
  static constexpr const char* name = "floor_mod";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return m::floor_mod(a, b);
  }
  static std::array<Value, 2> gradient(Value a, Value b, Value, Value dy) {
    return {dy, -(dy * m::floor_divide(a, b))};
  }
};
struct Power {
  static constexpr const char* name = "power";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return m::power(a, b);
  }
  static std::array<Value, 2> gradient(Value a, Value b, Value y, Value dy) {
    const Value zero = m::constant(a, 0);
    const Value safe = m::select(m::greater(a, zero), a, m::constant(a, 1));
    return {dy * b * m::power(a, b - 1.0), dy * m::select(m::greater(a, zero), y * m::log(safe), zero)};
  }
};
// The larger one takes the gradient; at a tie the first does, as in TensorFlow.
struct Maximum {
  static constexpr const char* name = "maximum";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return m::maximum(a, b);
  }
  static std::array<Value, 2> gradient(Value a, Value b, Value, Value dy) {
    const Value first = m::greater_equal(a, b), zero = m::constant(dy, 0);
    return {m::select(first, dy, zero), m::select(first, zero, dy)};
  }
};
struct Minimum {
  static constexpr const char* name = "minimum";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return m::minimum(a, b);
  }
  static std::array<Value, 2> gradient(Value a, Value b, Value, Value dy) {
    const Value first = m::less_equal(a, b), zero = m::constant(dy, 0);
    return {m::select(first, dy, zero), m::select(first, zero, dy)};
  }
};
struct Negative {
  static constexpr const char* name = "negative";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return static_cast<T>(-x);
  }
  static Value gradient(Value, Value, Value dy) { return -dy; }
};
struct Abs {
  static constexpr const char* name = "abs";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::abs(x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy * m::sign(x); }
};
struct Sign {
  static constexpr const char* name = "sign";
  static constexpr Domain domain = Domain::numeric;
  static constexpr const char* no_gradient = "sign is piecewise constant";
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::sign(x);
  }
};
struct Square {
  static constexpr const char* name = "square";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return static_cast<T>(x * x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy * (x * 2.0); }
};
struct Sqrt {
  static constexpr const char* name = "sqrt";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::sqrt(x);
  }
  static Value gradient(Value, Value y, Value dy) { return dy * 0.5 / y; }
};
struct Rsqrt {
  static constexpr const char* name = "rsqrt";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::rsqrt(x);
  }
  static Value gradient(Value x, Value y, Value dy) { return dy * y * -0.5 / x; }
};
struct Reciprocal {
  static constexpr const char* name = "reciprocal";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::constant(x, 1) / x;
  }
  static Value gradient(Value, Value y, Value dy) { return -(dy * y * y); }
};
struct Floor {
  static constexpr const char* name = "floor";
  static constexpr Domain domain = Domain::floating;
  static constexpr const char* no_gradient = "floor is piecewise constant";
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::floor(x);
  }
};
struct Ceil {
  static constexpr const char* name = "ceil";
  static constexpr Domain domain = Domain::floating;
  static constexpr const char* no_gradient = "ceil is piecewise constant";
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::ceil(x);
  }
};
struct Trunc {
  static constexpr const char* name = "trunc";
  static constexpr Domain domain = Domain::floating;
  static constexpr const char* no_gradient = "trunc is piecewise constant";
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::trunc(x);
  }
};
struct Round {
  static constexpr const char* name = "round";
  static constexpr Domain domain = Domain::floating;
  static constexpr const char* no_gradient = "round is piecewise constant";
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::round(x);
  }
};

using ArithmeticUnary = List<Negative, Abs, Sign, Square, Sqrt, Rsqrt, Reciprocal, Floor, Ceil, Trunc, Round>;
using ArithmeticBinary =
    List<Add, Subtract, Multiply, Divide, DivideNoNan, FloorDivide, FloorMod, Power, Maximum, Minimum>;

}  // namespace keratin::elementwise
