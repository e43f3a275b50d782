// Exponentials, logarithms, trigonometric and hyperbolic functors.
#pragma once

#include "kernels/elementwise/functor.h"

namespace keratin::elementwise {

using ir::Value;

struct Exp {
  static constexpr const char* name = "exp";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::exp(x);
  }
  static Value gradient(Value, Value y, Value dy) { return dy * y; }
};
struct Expm1 {
  static constexpr const char* name = "expm1";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::expm1(x);
  }
  static Value gradient(Value, Value y, Value dy) { return dy * (y + 1.0); }
};
struct Log {
  static constexpr const char* name = "log";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::log(x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy / x; }
};
struct Log1p {
  static constexpr const char* name = "log1p";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::log1p(x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy / (x + 1.0); }
};
struct Sin {
  static constexpr const char* name = "sin";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::sin(x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy * m::cos(x); }
};
struct Cos {
  static constexpr const char* name = "cos";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::cos(x);
  }
  static Value gradient(Value x, Value, Value dy) { return -(dy * m::sin(x)); }
};
struct Tan {
  static constexpr const char* name = "tan";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::tan(x);
  }
  static Value gradient(Value, Value y, Value dy) { return dy * (y * y + 1.0); }
};
struct Asin {
  static constexpr const char* name = "asin";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::asin(x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy * m::rsqrt(1.0 - x * x); }
};
struct Acos {
  static constexpr const char* name = "acos";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::acos(x);
  }
  static Value gradient(Value x, Value, Value dy) { return -(dy * m::rsqrt(1.0 - x * x)); }
};
struct Atan {
  static constexpr const char* name = "atan";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::atan(x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy / (x * x + 1.0); }
};
struct Sinh {
  static constexpr const char* name = "sinh";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::sinh(x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy * m::cosh(x); }
};
struct Cosh {
  static constexpr const char* name = "cosh";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::cosh(x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy * m::sinh(x); }
};
struct Tanh {
  static constexpr const char* name = "tanh";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::tanh(x);
  }
  static Value gradient(Value, Value y, Value dy) { return dy * (1.0 - y * y); }
};
struct Asinh {
  static constexpr const char* name = "asinh";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::asinh(x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy * m::rsqrt(x * x + 1.0); }
};
struct Acosh {
  static constexpr const char* name = "acosh";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::acosh(x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy * m::rsqrt(x * x - 1.0); }
};
struct Atanh {
  static constexpr const char* name = "atanh";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::atanh(x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy / (1.0 - x * x); }
};
struct Atan2 {
  static constexpr const char* name = "atan2";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return m::atan2(a, b);
  }
  static std::array<Value, 2> gradient(Value a, Value b, Value, Value dy) {
    const Value scale = dy / (a * a + b * b);
    return {scale * b, -(scale * a)};
  }
};
struct Erf {
  static constexpr const char* name = "erf";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::erf(x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy * (m::exp(-(x * x)) * 1.1283791670955126); }
};

using TranscendentalUnary =
    List<Exp, Expm1, Log, Log1p, Sin, Cos, Tan, Asin, Acos, Atan, Sinh, Cosh, Tanh, Asinh, Acosh, Atanh, Erf>;
using TranscendentalBinary = List<Atan2>;

}  // namespace keratin::elementwise
