// The maths vocabulary m:: on recorded values: a functor instantiated with Recorded appends instructions to a
// program, so that the CPU's interpreter needs no word about any functor.
#pragma once

#include "kernels/elementwise/program.h"

namespace keratin::elementwise {

class Recorder {
 public:
  Operand constant(double value);
  Operand append(Code code, Operand a, Operand b = {}, Operand c = {});
  // Result tiles are given to instructions; nothing may be appended after.
  Program finish(std::vector<Operand> outputs);

 private:
  Program program_;
};

// The number of operands of an instruction.
int operands_of(Code code);

struct Recorded {
  Recorder* recorder = nullptr;
  Operand operand;
};

inline Recorded apply_code(Code code, Recorded a) {
  return {a.recorder, a.recorder->append(code, a.operand)};
}
inline Recorded apply_code(Code code, Recorded a, Recorded b) {
  return {a.recorder, a.recorder->append(code, a.operand, b.operand)};
}

inline Recorded operator+(Recorded a, Recorded b) { return apply_code(Code::add, a, b); }
inline Recorded operator-(Recorded a, Recorded b) { return apply_code(Code::subtract, a, b); }
inline Recorded operator*(Recorded a, Recorded b) { return apply_code(Code::multiply, a, b); }
inline Recorded operator/(Recorded a, Recorded b) { return apply_code(Code::divide, a, b); }
inline Recorded operator-(Recorded a) { return apply_code(Code::negative, a); }
inline Recorded operator==(Recorded a, Recorded b) { return apply_code(Code::equal, a, b); }
inline Recorded operator!=(Recorded a, Recorded b) { return apply_code(Code::not_equal, a, b); }
inline Recorded operator<(Recorded a, Recorded b) { return apply_code(Code::less, a, b); }
inline Recorded operator<=(Recorded a, Recorded b) { return apply_code(Code::less_equal, a, b); }
inline Recorded operator>(Recorded a, Recorded b) { return apply_code(Code::greater, a, b); }
inline Recorded operator>=(Recorded a, Recorded b) { return apply_code(Code::greater_equal, a, b); }

}  // namespace keratin::elementwise

namespace keratin::m {

using elementwise::apply_code;
using elementwise::Code;
using elementwise::Recorded;

inline Recorded constant(Recorded like, double value) {
  return {like.recorder, like.recorder->constant(value)};
}
inline Recorded select(Recorded condition, Recorded a, Recorded b) {
  return {a.recorder, a.recorder->append(Code::select, condition.operand, a.operand, b.operand)};
}
inline Recorded maximum(Recorded a, Recorded b) { return apply_code(Code::maximum, a, b); }
inline Recorded minimum(Recorded a, Recorded b) { return apply_code(Code::minimum, a, b); }
inline Recorded divide(Recorded a, Recorded b) { return a / b; }
inline Recorded power(Recorded a, Recorded b) { return apply_code(Code::power, a, b); }
inline Recorded floor_divide(Recorded a, Recorded b) { return apply_code(Code::floor, a / b); }
inline Recorded floor_mod(Recorded a, Recorded b) { return apply_code(Code::floor_mod, a, b); }
inline Recorded atan2(Recorded a, Recorded b) { return apply_code(Code::atan2, a, b); }
inline Recorded equal(Recorded a, Recorded b) { return a == b; }
inline Recorded not_equal(Recorded a, Recorded b) { return a != b; }
inline Recorded less(Recorded a, Recorded b) { return a < b; }
inline Recorded less_equal(Recorded a, Recorded b) { return a <= b; }
inline Recorded greater(Recorded a, Recorded b) { return a > b; }
inline Recorded greater_equal(Recorded a, Recorded b) { return a >= b; }
inline Recorded logical_and(Recorded a, Recorded b) { return apply_code(Code::logical_and, a, b); }
inline Recorded logical_or(Recorded a, Recorded b) { return apply_code(Code::logical_or, a, b); }
inline Recorded logical_not(Recorded a) { return apply_code(Code::logical_not, a); }
inline Recorded is_nan(Recorded a) { return apply_code(Code::is_nan, a); }
inline Recorded is_inf(Recorded a) { return apply_code(Code::is_inf, a); }
inline Recorded is_finite(Recorded a) { return apply_code(Code::is_finite, a); }
inline Recorded abs(Recorded a) { return apply_code(Code::abs, a); }
inline Recorded sign(Recorded a) { return apply_code(Code::sign, a); }
inline Recorded sqrt(Recorded a) { return apply_code(Code::sqrt, a); }
inline Recorded rsqrt(Recorded a) { return apply_code(Code::rsqrt, a); }
inline Recorded floor(Recorded a) { return apply_code(Code::floor, a); }
inline Recorded ceil(Recorded a) { return apply_code(Code::ceil, a); }
inline Recorded trunc(Recorded a) { return apply_code(Code::trunc, a); }
inline Recorded round(Recorded a) { return apply_code(Code::round, a); }
inline Recorded exp(Recorded a) { return apply_code(Code::exp, a); }
inline Recorded expm1(Recorded a) { return apply_code(Code::expm1, a); }
inline Recorded log(Recorded a) { return apply_code(Code::log, a); }
inline Recorded log1p(Recorded a) { return apply_code(Code::log1p, a); }
inline Recorded sin(Recorded a) { return apply_code(Code::sin, a); }
inline Recorded cos(Recorded a) { return apply_code(Code::cos, a); }
inline Recorded tan(Recorded a) { return apply_code(Code::tan, a); }
inline Recorded asin(Recorded a) { return apply_code(Code::asin, a); }
inline Recorded acos(Recorded a) { return apply_code(Code::acos, a); }
inline Recorded atan(Recorded a) { return apply_code(Code::atan, a); }
inline Recorded sinh(Recorded a) { return apply_code(Code::sinh, a); }
inline Recorded cosh(Recorded a) { return apply_code(Code::cosh, a); }
inline Recorded tanh(Recorded a) { return apply_code(Code::tanh, a); }
inline Recorded logistic(Recorded a) { return apply_code(Code::logistic, a); }
inline Recorded asinh(Recorded a) { return apply_code(Code::asinh, a); }
inline Recorded acosh(Recorded a) { return apply_code(Code::acosh, a); }
inline Recorded atanh(Recorded a) { return apply_code(Code::atanh, a); }
inline Recorded erf(Recorded a) { return apply_code(Code::erf, a); }

}  // namespace keratin::m
