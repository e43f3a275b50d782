// Turns a functor struct into an OpDef. A functor has: name, domain, value(x…[, p]), and either
// gradient(x…, y, dy[, p]) or no_gradient (a sentence); optionally attributes (doubles, passed as p).
// value is a template over the operand kind: number, SIMD pack (kernels) or graph value (gradients).
#pragma once

#include <array>
#include <tuple>
#include <utility>

#include "kernels/elementwise/record.h"
#include "kernels/math/expr.h"
#include "kernels/math/scalar.h"
#include "runtime/core/half.h"
#include "runtime/ir/op.h"

namespace keratin::elementwise {

// The dtypes that a functor is defined on.
enum class Domain { floating, numeric, integral, boolean, any };

template <class F>
concept HasAttributes = requires {
  F::attributes;
};
template <class F>
constexpr std::size_t attribute_count() {
  if constexpr (HasAttributes<F>) return std::size(F::attributes);
  return 0;
}
using Parameters = std::array<double, 4>;

template <class F>
Parameters parameters_of(const ir::Node& node) {
  Parameters p{};
  for (std::size_t i = 0; i < attribute_count<F>(); ++i) p[i] = std::get<double>(node.attributes[i]);
  return p;
}

template <class F, class... T>
auto apply(const Parameters& p, T... x) {
  if constexpr (HasAttributes<F>)
    return F::value(x..., p.data());
  else
    return F::value(x...);
}

template <Domain domain, class T>
constexpr bool accepts() {
  using C = compute_t<T>;
  if (std::is_same_v<T, bool>) return domain == Domain::any || domain == Domain::boolean;
  if (domain == Domain::floating) return std::is_floating_point_v<C>;
  if (domain == Domain::integral) return std::is_integral_v<C>;
  return domain == Domain::numeric || domain == Domain::any;
}

bool accepts(Domain domain, DType dtype);
// Broadcasts the shapes and checks that dtypes agree and belong to the domain.
ir::Type joined_type(const ir::Node& node, std::size_t operands, Domain domain);
// Walks the elements of a broadcast: fn(out index, index into each operand).
class Broadcast {
 public:
  Broadcast(std::span<const std::int64_t> out, std::span<const ir::HostView> in);
  template <std::size_t N, class Fn>
  void run(Fn fn) const;

 private:
  std::span<const std::int64_t> out_;
  std::vector<std::array<std::int64_t, 3>> strides_;  // per axis, per operand
};

template <std::size_t N, class Fn>
void Broadcast::run(Fn fn) const {
  std::int64_t count = 1;
  for (std::int64_t dim : out_) count *= dim;
  const std::size_t rank = out_.size();
  Shape index(rank, 0);
  std::array<std::int64_t, 3> at{};
  for (std::int64_t i = 0; i < count; ++i) {
    fn(i, at);
    for (std::size_t axis = rank; axis-- > 0;) {
      for (std::size_t k = 0; k < N; ++k) at[k] += strides_[axis][k];
      if (++index[axis] < out_[axis]) break;
      for (std::size_t k = 0; k < N; ++k) at[k] -= strides_[axis][k] * out_[axis];
      index[axis] = 0;
    }
  }
}

// The functor on whole tensors, as the reference.
template <class F, std::size_t N>
void evaluate(const ir::Node& node, std::span<const ir::HostView> in, std::span<const ir::HostView> out) {
  const Parameters p = parameters_of<F>(node);
  visit_dtype(in[0].dtype, [&]<class T>() {
    if constexpr (accepts<F::domain, T>()) {
      using C = compute_t<T>;
      auto all = [&]<std::size_t... K>(std::index_sequence<K...>) {
        using R = decltype(apply<F>(p, static_cast<C>(in[K].as<T>()[0])...));
        using Stored = std::conditional_t<std::is_same_v<R, bool>, bool, T>;
        Stored* y = out[0].as<Stored>();
        Broadcast(out[0].shape, in).template run<N>([&](std::int64_t i, const auto& at) {
          y[i] = static_cast<Stored>(apply<F>(p, static_cast<C>(in[K].as<T>()[at[K]])...));
        });
      };
      all(std::make_index_sequence<N>());
    } else {
      assume(false, "an element-wise op got a dtype outside of its domain");
    }
  });
}

template <class F, std::size_t N>
ir::Gradients gradient(ir::Node& node, std::span<const ir::Value> dy) {
  const Parameters p = parameters_of<F>(node);
  ir::Gradients result;
  auto all = [&]<std::size_t... K>(std::index_sequence<K...>) {
    const ir::Value y = node.out();
    auto parts = [&] {
      if constexpr (HasAttributes<F>)
        return std::array<ir::Value, N>{F::gradient(node.inputs[K]..., y, dy[0], p.data())};
      else
        return std::array<ir::Value, N>{F::gradient(node.inputs[K]..., y, dy[0])};
    }();
    for (std::size_t k = 0; k < N; ++k)
      result.inputs.push_back(
          parts[k] ? ir::sum_to(ir::broadcast_to(parts[k], ir::broadcast(parts[k].shape(), y.shape())),
                                node.in(k).shape)
                   : parts[k]);
  };
  all(std::make_index_sequence<N>());
  return result;
}

template <class F, std::size_t N>
std::vector<ir::Type> infer(const ir::Node& node) {
  ir::Type type = joined_type(node, N, F::domain);
  if constexpr (requires { F::predicate; }) type.dtype = DType::boolean;
  return {type};
}

// A few shapes for every functor; one may bring its own.
inline constexpr ir::Case floating_cases[3][3] = {
    {{"", "f32[2,5]"}, {"", "f64[3]"}, {"", "f16[4]"}},
    {{"", "f32[2,5] f32[2,5]"}, {"", "f64[3,1] f64[4]"}, {"", "f16[] f16[4]"}},
    {{"", "f32[2,5] f32[2,5] f32[5]"}, {"", "f64[3,1] f64[4] f64[]"}, {"", "f16[] f16[4] f16[4]"}}};
inline constexpr ir::Case numeric_cases[3][3] = {
    {{"", "f32[2,5]"}, {"", "f64[3]"}, {"", "i32[4]"}},
    {{"", "f32[2,5] f32[2,5]"}, {"", "f64[3,1] f64[4]"}, {"", "i64[] i64[4]"}},
    {{"", "f32[2,5] f32[2,5] f32[5]"}, {"", "f64[3,1] f64[4] f64[]"}, {"", "i32[4] i32[4] i32[]"}}};
inline constexpr ir::Case integral_cases[2][2] = {{{"", "i32[2,5]"}, {"", "u8[4]"}},
                                                  {{"", "i32[2,5] i32[5]"}, {"", "u8[4] u8[4]"}}};
inline constexpr ir::Case boolean_cases[2][1] = {{{"", "bool[2,5]"}}, {{"", "bool[2,5] bool[5]"}}};

template <class F, std::size_t N>
constexpr std::span<const ir::Case> cases_of() {
  if constexpr (requires { F::cases; })
    return F::cases;
  else if constexpr (F::domain == Domain::floating)
    return floating_cases[N - 1];
  else if constexpr (F::domain == Domain::integral)
    return integral_cases[N - 1];
  else if constexpr (F::domain == Domain::boolean)
    return boolean_cases[N - 1];
  else
    return numeric_cases[N - 1];
}

template <class F, std::size_t N>
constexpr ir::OpDef define() {
  ir::OpDef def{};
  def.name = F::name;
  if constexpr (HasAttributes<F>) def.attributes = F::attributes;
  def.infer = infer<F, N>;
  if constexpr (requires { F::no_gradient; })
    def.gradient = {nullptr, F::no_gradient};
  else
    def.gradient = {gradient<F, N>, nullptr};
  def.evaluate = evaluate<F, N>;
  def.cases = cases_of<F, N>();
  def.elementwise = true;
  return def;
}

template <class... F>
struct List {};
template <std::size_t N, class... F>
constexpr std::array<ir::OpDef, sizeof...(F)> define_all(List<F...>) {
  return {define<F, N>()...};
}

}  // namespace keratin::elementwise
