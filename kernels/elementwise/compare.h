// Comparisons, logic and bits; select.
#pragma once

#include "kernels/elementwise/functor.h"

namespace keratin::elementwise {

struct Predicate {
  static constexpr bool predicate = true;  // the result is bool
  static constexpr const char* no_gradient = "a truth value has no derivative";
};
struct Equal : Predicate {
  static constexpr const char* name = "equal";
  static constexpr Domain domain = Domain::any;
  template <class T>
  KERATIN_DEVICE static auto value(T a, T b) {
    return a == b;
  }
};
struct NotEqual : Predicate {
  static constexpr const char* name = "not_equal";
  static constexpr Domain domain = Domain::any;
  template <class T>
  KERATIN_DEVICE static auto value(T a, T b) {
    return a != b;
  }
};
struct Less : Predicate {
  static constexpr const char* name = "less";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static auto value(T a, T b) {
    return a < b;
  }
};
struct LessEqual : Predicate {
  static constexpr const char* name = "less_equal";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static auto value(T a, T b) {
    return a <= b;
  }
};
struct Greater : Predicate {
  static constexpr const char* name = "greater";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static auto value(T a, T b) {
    return a > b;
  }
};
struct GreaterEqual : Predicate {
  static constexpr const char* name = "greater_equal";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static auto value(T a, T b) {
    return a >= b;
  }
};
struct IsNan : Predicate {
  static constexpr const char* name = "is_nan";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static auto value(T x) {
    return m::is_nan(x);
  }
};
struct IsInf : Predicate {
  static constexpr const char* name = "is_inf";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static auto value(T x) {
    return m::is_inf(x);
  }
};
struct IsFinite : Predicate {
  static constexpr const char* name = "is_finite";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static auto value(T x) {
    return m::is_finite(x);
  }
};
struct LogicalAnd : Predicate {
  static constexpr const char* name = "logical_and";
  static constexpr Domain domain = Domain::boolean;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return m::logical_and(a, b);
  }
};
struct LogicalOr : Predicate {
  static constexpr const char* name = "logical_or";
  static constexpr Domain domain = Domain::boolean;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return m::logical_or(a, b);
  }
};
struct LogicalXor : Predicate {
  static constexpr const char* name = "logical_xor";
  static constexpr Domain domain = Domain::boolean;
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return m::not_equal(a, b);
  }
};
struct LogicalNot : Predicate {
  static constexpr const char* name = "logical_not";
  static constexpr Domain domain = Domain::boolean;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::logical_not(x);
  }
};
struct BitwiseAnd {
  static constexpr const char* name = "bitwise_and";
  static constexpr Domain domain = Domain::integral;
  static constexpr const char* no_gradient = "integers have no derivative";
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return static_cast<T>(a & b);
  }
};
struct BitwiseOr {
  static constexpr const char* name = "bitwise_or";
  static constexpr Domain domain = Domain::integral;
  static constexpr const char* no_gradient = "integers have no derivative";
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return static_cast<T>(a | b);
  }
};
struct BitwiseXor {
  static constexpr const char* name = "bitwise_xor";
  static constexpr Domain domain = Domain::integral;
  static constexpr const char* no_gradient = "integers have no derivative";
  template <class T>
  KERATIN_DEVICE static T value(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};

using CompareUnary = List<IsNan, IsInf, IsFinite, LogicalNot>;
using CompareBinary = List<Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, LogicalAnd, LogicalOr,
                           LogicalXor, BitwiseAnd, BitwiseOr, BitwiseXor>;

}  // namespace keratin::elementwise
