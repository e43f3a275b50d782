// Activations, as Keras defines them.
#pragma once

#include "kernels/elementwise/functor.h"

namespace keratin::elementwise {

using ir::AttributeDef;
using ir::AttributeKind;
using ir::Value;

struct Relu {
  static constexpr const char* name = "relu";
  static constexpr Domain domain = Domain::numeric;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::maximum(x, m::constant(x, 0));
  }
  static Value gradient(Value, Value y, Value dy) {  // by y: x needn't be kept
    return m::select(m::greater(y, m::constant(y, 0)), dy, m::constant(dy, 0));
  }
};
struct Relu6 {
  static constexpr const char* name = "relu6";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::minimum(m::maximum(x, m::constant(x, 0)), m::constant(x, 6));
  }
  static Value gradient(Value x, Value, Value dy) {
    return m::select(m::logical_and(m::greater(x, m::constant(x, 0)), m::less(x, m::constant(x, 6))), dy,
                     m::constant(dy, 0));
  }
};
struct LeakyRelu {
  static constexpr const char* name = "leaky_relu";
  static constexpr Domain domain = Domain::floating;
  static constexpr AttributeDef attributes[] = {{"negative_slope", AttributeKind::real, "0.2"}};
  template <class T>
  KERATIN_DEVICE static T value(T x, const double* p) {
    return m::select(m::greater(x, m::constant(x, 0)), x, x * m::constant(x, p[0]));
  }
  static Value gradient(Value x, Value, Value dy, const double* p) {
    return m::select(m::greater(x, m::constant(x, 0)), dy, dy * p[0]);
  }
};
struct Elu {
  static constexpr const char* name = "elu";
  static constexpr Domain domain = Domain::floating;
  static constexpr AttributeDef attributes[] = {{"alpha", AttributeKind::real, "1.0"}};
  template <class T>
  KERATIN_DEVICE static T value(T x, const double* p) {
    return m::select(m::greater(x, m::constant(x, 0)), x, m::expm1(x) * m::constant(x, p[0]));
  }
  static Value gradient(Value x, Value y, Value dy, const double* p) {
    return m::select(m::greater(x, m::constant(x, 0)), dy, dy * (y + p[0]));
  }
};
struct Selu {
  static constexpr const char* name = "selu";
  static constexpr Domain domain = Domain::floating;
  static constexpr double alpha = 1.6732632423543772848170429916717,
                          scale = 1.0507009873554804934193349852946;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::select(m::greater(x, m::constant(x, 0)), x * m::constant(x, scale),
                     m::expm1(x) * m::constant(x, scale * alpha));
  }
  static Value gradient(Value x, Value y, Value dy) {
    return m::select(m::less(x, m::constant(x, 0)), dy * (y + scale * alpha), dy * scale);
  }
};
struct Celu {
  static constexpr const char* name = "celu";
  static constexpr Domain domain = Domain::floating;
  static constexpr AttributeDef attributes[] = {{"alpha", AttributeKind::real, "1.0"}};
  template <class T>
  KERATIN_DEVICE static T value(T x, const double* p) {
    const T zero = m::constant(x, 0), alpha = m::constant(x, p[0]);
    return m::maximum(x, zero) + alpha * m::expm1(m::minimum(x, zero) / alpha);
  }
  static Value gradient(Value x, Value, Value dy, const double* p) {
    const Value zero = m::constant(x, 0), one = m::constant(x, 1);
    // At 0 both branches count: Keras adds a maximum and a minimum, which TensorFlow lets through there.
    const Value below = m::select(m::less(x, zero), m::exp(m::minimum(x, zero) / p[0]), m::constant(x, 2));
    return dy * m::select(m::greater(x, zero), one, below);
  }
};
struct Sigmoid {
  static constexpr const char* name = "sigmoid";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::logistic(x);
  }
  static Value gradient(Value, Value y, Value dy) { return dy * y * (1.0 - y); }
};
struct Softplus {  // max(x, 0) + log1p(exp(-|x|))
  static constexpr const char* name = "softplus";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::maximum(x, m::constant(x, 0)) + m::log1p(m::exp(-m::abs(x)));
  }
  static Value gradient(Value x, Value, Value dy) { return dy * Sigmoid::value(x); }
};
struct LogSigmoid {
  static constexpr const char* name = "log_sigmoid";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return -Softplus::value(-x);
  }
  static Value gradient(Value x, Value, Value dy) { return dy * Sigmoid::value(-x); }
};
struct Softsign {
  static constexpr const char* name = "softsign";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return x / (m::constant(x, 1) + m::abs(x));
  }
  static Value gradient(Value x, Value, Value dy) {
    const Value d = m::abs(x) + 1.0;
    return dy / (d * d);
  }
};
struct Silu {
  static constexpr const char* name = "silu";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return x * m::logistic(x);
  }
  static Value gradient(Value x, Value y, Value dy) {
    const Value s = Sigmoid::value(x);
    return dy * (s + y * (1.0 - s));
  }
};
struct HardSigmoid {  // Keras 3: clip(x/6 + 0.5); Keras 1 and 2: clip(0.2 x + 0.5)
  static constexpr const char* name = "hard_sigmoid";
  static constexpr Domain domain = Domain::floating;
  static constexpr AttributeDef attributes[] = {{"slope", AttributeKind::real, "0.16666666666666666"}};
  template <class T>
  KERATIN_DEVICE static T value(T x, const double* p) {
    const T line = x * m::constant(x, p[0]) + m::constant(x, 0.5);
    return m::minimum(m::maximum(line, m::constant(x, 0)), m::constant(x, 1));
  }
  static Value gradient(Value, Value y, Value dy, const double* p) {
    const Value inside = m::logical_and(m::greater(y, m::constant(y, 0)), m::less(y, m::constant(y, 1)));
    return m::select(inside, dy * p[0], m::constant(dy, 0));
  }
};
struct HardSilu {
  static constexpr const char* name = "hard_silu";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    const T line = m::minimum(m::maximum(x + m::constant(x, 3), m::constant(x, 0)), m::constant(x, 6));
    return x * (line * m::constant(x, 1.0 / 6));
  }
  static Value gradient(Value x, Value, Value dy) {
    const Value middle = dy * (x * (1.0 / 3) + 0.5), zero = m::constant(dy, 0);
    return m::select(m::less_equal(x, m::constant(x, -3)), zero,
                     m::select(m::greater_equal(x, m::constant(x, 3)), dy, middle));
  }
};
struct HardTanh {
  static constexpr const char* name = "hard_tanh";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return m::minimum(m::maximum(x, m::constant(x, -1)), m::constant(x, 1));
  }
  static Value gradient(Value x, Value, Value dy) {
    return m::select(m::less_equal(m::abs(x), m::constant(x, 1)), dy, m::constant(dy, 0));
  }
};
struct TanhShrink {
  static constexpr const char* name = "tanh_shrink";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return x - m::tanh(x);
  }
  static Value gradient(Value x, Value, Value dy) {
    const Value t = m::tanh(x);
    return dy * t * t;
  }
};
struct SoftShrink {
  static constexpr const char* name = "soft_shrink";
  static constexpr Domain domain = Domain::floating;
  static constexpr AttributeDef attributes[] = {{"threshold", AttributeKind::real, "0.5"}};
  template <class T>
  KERATIN_DEVICE static T value(T x, const double* p) {
    const T t = m::constant(x, p[0]), zero = m::constant(x, 0);
    return m::select(m::greater(x, t), x - t, m::select(m::less(x, -t), x + t, zero));
  }
  static Value gradient(Value x, Value, Value dy, const double* p) {
    return m::select(m::greater(m::abs(x), m::constant(x, p[0])), dy, m::constant(dy, 0));
  }
};
struct HardShrink {
  static constexpr const char* name = "hard_shrink";
  static constexpr Domain domain = Domain::floating;
  static constexpr AttributeDef attributes[] = {{"threshold", AttributeKind::real, "0.5"}};
  template <class T>
  KERATIN_DEVICE static T value(T x, const double* p) {
    return m::select(m::greater(m::abs(x), m::constant(x, p[0])), x, m::constant(x, 0));
  }
  static Value gradient(Value x, Value, Value dy, const double* p) {
    return m::select(m::greater(m::abs(x), m::constant(x, p[0])), dy, m::constant(dy, 0));
  }
};
struct Threshold {
  static constexpr const char* name = "threshold";
  static constexpr Domain domain = Domain::floating;
  static constexpr AttributeDef attributes[] = {{"threshold", AttributeKind::real, "0.0"},
                                                {"default_value", AttributeKind::real, "0.0"}};
  template <class T>
  KERATIN_DEVICE static T value(T x, const double* p) {
    return m::select(m::greater(x, m::constant(x, p[0])), x, m::constant(x, p[1]));
  }
  static Value gradient(Value x, Value, Value dy, const double* p) {
    return m::select(m::greater(x, m::constant(x, p[0])), dy, m::constant(dy, 0));
  }
};
struct Gelu {  // exact: x Φ(x)
  static constexpr const char* name = "gelu";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return x * m::constant(x, 0.5) * (m::constant(x, 1) + m::erf(x * m::constant(x, 0.70710678118654752)));
  }
  static Value gradient(Value x, Value, Value dy) {
    const Value cdf = (m::erf(x * 0.70710678118654752) + 1.0) * 0.5;
    return dy * (cdf + x * m::exp(x * x * -0.5) * 0.3989422804014327);
  }
};
struct GeluTanh {
  static constexpr const char* name = "gelu_tanh";
  static constexpr Domain domain = Domain::floating;
  static constexpr double root = 0.7978845608028654;  // sqrt(2 / pi)
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    const T inner = (x + x * x * x * m::constant(x, 0.044715)) * m::constant(x, root);
    return x * m::constant(x, 0.5) * (m::constant(x, 1) + m::tanh(inner));
  }
  static Value gradient(Value x, Value, Value dy) {
    const Value t = m::tanh((x + x * x * x * 0.044715) * root);
    return dy * ((t + 1.0) * 0.5 + x * 0.5 * (1.0 - t * t) * ((x * x * (3 * 0.044715) + 1.0) * root));
  }
};
struct Mish {  // x tanh(softplus(x))
  static constexpr const char* name = "mish";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    return x * m::tanh(Softplus::value(x));
  }
  static Value gradient(Value x, Value, Value dy) {
    const Value t = m::tanh(Softplus::value(x));
    return dy * (t + x * (1.0 - t * t) * Sigmoid::value(x));
  }
};
struct Squareplus {
  static constexpr const char* name = "squareplus";
  static constexpr Domain domain = Domain::floating;
  static constexpr AttributeDef attributes[] = {{"b", AttributeKind::real, "4.0"}};
  template <class T>
  KERATIN_DEVICE static T value(T x, const double* p) {
    return (x + m::sqrt(x * x + m::constant(x, p[0]))) * m::constant(x, 0.5);
  }
  static Value gradient(Value x, Value, Value dy, const double* p) {
    return dy * (x * m::rsqrt(x * x + p[0]) + 1.0) * 0.5;
  }
};
struct SparsePlus {
  static constexpr const char* name = "sparse_plus";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    const T one = m::constant(x, 1), next = x + one;
    return m::select(m::less_equal(x, -one), m::constant(x, 0),
                     m::select(m::less(x, one), next * next * m::constant(x, 0.25), x));
  }
  static Value gradient(Value x, Value, Value dy) {
    return dy * m::minimum(m::maximum((x + 1.0) * 0.5, m::constant(x, 0)), m::constant(x, 1));
  }
};
struct SparseSigmoid {
  static constexpr const char* name = "sparse_sigmoid";
  static constexpr Domain domain = Domain::floating;
  template <class T>
  KERATIN_DEVICE static T value(T x) {
    const T line = (x + m::constant(x, 1)) * m::constant(x, 0.5);
    return m::minimum(m::maximum(line, m::constant(x, 0)), m::constant(x, 1));
  }
  static Value gradient(Value x, Value, Value dy) {
    return m::select(m::less(m::abs(x), m::constant(x, 1)), dy * 0.5, m::constant(dy, 0));
  }
};

using Activations = List<Relu, Relu6, LeakyRelu, Elu, Selu, Celu, Sigmoid, Softplus, LogSigmoid, Softsign,
                         Silu, HardSigmoid, HardSilu, HardTanh, TanhShrink, SoftShrink, HardShrink, Threshold,
                         Gelu, GeluTanh, Mish, Squareplus, SparsePlus, SparseSigmoid>;

}  // namespace keratin::elementwise
