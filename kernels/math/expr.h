// The maths vocabulary m:: on graph values: a functor instantiated with these yields graph nodes,
// which is how element-wise gradients and decompositions are made.
#pragma once

#include "runtime/ir/build.h"

namespace keratin::m {

using ir::Value;

inline Value constant(Value like, double value) { return ir::constant_like(like, value); }
inline Value select(Value condition, Value a, Value b) { return ir::select(condition, a, b); }
inline Value maximum(Value a, Value b) { return ir::maximum(a, b); }
inline Value minimum(Value a, Value b) { return ir::minimum(a, b); }
inline Value divide(Value a, Value b) { return a / b; }
inline Value power(Value a, Value b) { return ir::binary("power", a, b); }
inline Value floor_divide(Value a, Value b) { return ir::binary("floor_divide", a, b); }
inline Value floor_mod(Value a, Value b) { return ir::binary("floor_mod", a, b); }
inline Value atan2(Value a, Value b) { return ir::binary("atan2", a, b); }
inline Value equal(Value a, Value b) { return ir::compare("equal", a, b); }
inline Value not_equal(Value a, Value b) { return ir::compare("not_equal", a, b); }
inline Value less(Value a, Value b) { return ir::compare("less", a, b); }
inline Value less_equal(Value a, Value b) { return ir::compare("less_equal", a, b); }
inline Value greater(Value a, Value b) { return ir::compare("greater", a, b); }
inline Value greater_equal(Value a, Value b) { return ir::compare("greater_equal", a, b); }
inline Value logical_and(Value a, Value b) { return ir::binary("logical_and", a, b); }
inline Value logical_or(Value a, Value b) { return ir::binary("logical_or", a, b); }
inline Value logical_not(Value a) { return ir::unary("logical_not", a); }
inline Value abs(Value a) { return ir::unary("abs", a); }
inline Value sign(Value a) { return ir::unary("sign", a); }
inline Value exp(Value a) { return ir::exp(a); }
inline Value expm1(Value a) { return ir::unary("expm1", a); }
inline Value log(Value a) { return ir::log(a); }
inline Value log1p(Value a) { return ir::unary("log1p", a); }
inline Value sqrt(Value a) { return ir::sqrt(a); }
inline Value rsqrt(Value a) { return ir::rsqrt(a); }
inline Value sin(Value a) { return ir::unary("sin", a); }
inline Value cos(Value a) { return ir::unary("cos", a); }
inline Value tan(Value a) { return ir::unary("tan", a); }
inline Value sinh(Value a) { return ir::unary("sinh", a); }
inline Value cosh(Value a) { return ir::unary("cosh", a); }
inline Value tanh(Value a) { return ir::tanh(a); }
inline Value logistic(Value a) { return ir::unary("sigmoid", a); }
inline Value erf(Value a) { return ir::unary("erf", a); }
inline Value floor(Value a) { return ir::unary("floor", a); }
inline Value ceil(Value a) { return ir::unary("ceil", a); }
inline Value round(Value a) { return ir::unary("round", a); }

}  // namespace keratin::m
