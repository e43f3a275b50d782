// dot_general: contracts and batches axes, as StableHLO. Result: batch, a's other axes, b's other axes.
#include <algorithm>

#include "kernels/math/epilogue.h"
#include "runtime/core/half.h"
#include "runtime/core/shape.h"
#include "runtime/ir/build.h"
#include "runtime/ir/op.h"
#include "runtime/ir/print.h"

namespace keratin {
namespace {

using namespace ir;

constexpr AttributeDef attributes[] = {{"contract_a", AttributeKind::ints},
                                       {"contract_b", AttributeKind::ints},
                                       {"batch_a", AttributeKind::ints, "[]"},
                                       {"batch_b", AttributeKind::ints, "[]"}};

bool holds(const Ints& axes, std::int64_t axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

// The axes of a tensor that are neither contracted nor batched.
Ints other_axes(std::size_t rank, const Ints& contract, const Ints& batch) {
  Ints axes;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(rank); ++i)
    if (!holds(contract, i) && !holds(batch, i)) axes.push_back(i);
  return axes;
}

void check_pairs(const Node& node, const char* what, const Ints& a, const Ints& b) {
  op_check(a.size() == b.size(), node, what, " axes differ in number");
  for (std::size_t i = 0; i < a.size(); ++i) {
    op_check(a[i] >= 0 && a[i] < static_cast<std::int64_t>(node.in(0).rank()) && b[i] >= 0 &&
                 b[i] < static_cast<std::int64_t>(node.in(1).rank()),
             node, what, " axis is outside of the rank");
    const Dim& x = node.in(0).shape[static_cast<std::size_t>(a[i])];
    const Dim& y = node.in(1).shape[static_cast<std::size_t>(b[i])];
    op_check(x == y, node, printed(node.in(0)), " x ", printed(node.in(1)), ": ", what, " dimensions ",
             printed(x), " and ", printed(y), " differ");
  }
}

std::vector<Type> infer(const Node& node) {
  op_check_inputs(node, 2);
  op_check(node.in(0).dtype == node.in(1).dtype, node, "operands of ", name_of(node.in(0).dtype), " and ",
           name_of(node.in(1).dtype), ", expected equal dtypes");
  const Ints &ca = node.get<Ints>("contract_a"), &cb = node.get<Ints>("contract_b");
  const Ints &ba = node.get<Ints>("batch_a"), &bb = node.get<Ints>("batch_b");
  check_pairs(node, "contracted", ca, cb);
  check_pairs(node, "batch", ba, bb);
  Type type{node.in(0).dtype, {}};
  for (std::int64_t axis : ba) type.shape.push_back(node.in(0).shape[static_cast<std::size_t>(axis)]);
  for (std::int64_t axis : other_axes(node.in(0).rank(), ca, ba))
    type.shape.push_back(node.in(0).shape[static_cast<std::size_t>(axis)]);
  for (std::int64_t axis : other_axes(node.in(1).rank(), cb, bb))
    type.shape.push_back(node.in(1).shape[static_cast<std::size_t>(axis)]);
  return {type};
}

// y's axes are [batch, a's others, b's others]. d a = dy · b over b's others, its axes then put in a's order.
Value operand_gradient(Value dy, Value other, const Ints& dy_contract, const Ints& other_contract,
                       const Ints& other_batch, const Ints& own_batch, const Ints& own_rest,
                       const Ints& own_contract, const Ints& contract_of_other) {
  Ints dy_batch;
  for (std::size_t i = 0; i < own_batch.size(); ++i) dy_batch.push_back(static_cast<std::int64_t>(i));
  // product's axes: batch, then own rest and other's contracted axes in ascending order, whichever first
  // leaves less to be put in order
  const bool contracted_first =
      !own_contract.empty() && !own_rest.empty() && own_contract.back() < own_rest.front();
  const Value product = contracted_first
                            ? dot_general(other, dy, {other_contract, dy_contract, other_batch, dy_batch})
                            : dot_general(dy, other, {dy_contract, other_contract, dy_batch, other_batch});
  const std::size_t rest_at = own_batch.size() + (contracted_first ? own_contract.size() : 0),
                    contract_at = own_batch.size() + (contracted_first ? 0 : own_rest.size());
  Ints sorted = contract_of_other;
  std::sort(sorted.begin(), sorted.end());
  Ints permutation(product.rank());
  for (std::size_t i = 0; i < own_batch.size(); ++i)
    permutation[static_cast<std::size_t>(own_batch[i])] = static_cast<std::int64_t>(i);
  for (std::size_t i = 0; i < own_rest.size(); ++i)
    permutation[static_cast<std::size_t>(own_rest[i])] = static_cast<std::int64_t>(rest_at + i);
  for (std::size_t i = 0; i < own_contract.size(); ++i) {
    const auto at = std::find(sorted.begin(), sorted.end(), contract_of_other[i]) - sorted.begin();
    permutation[static_cast<std::size_t>(own_contract[i])] = static_cast<std::int64_t>(contract_at) + at;
  }
  return transpose(product, permutation);
}

Ints range(std::size_t from, std::size_t count) {
  Ints axes(count);
  for (std::size_t i = 0; i < count; ++i) axes[i] = static_cast<std::int64_t>(from + i);
  return axes;
}

Gradients gradient(Node& node, std::span<const Value> dy) {
  const Ints &ca = node.get<Ints>("contract_a"), &cb = node.get<Ints>("contract_b");
  const Ints &ba = node.get<Ints>("batch_a"), &bb = node.get<Ints>("batch_b");
  const Ints ra = other_axes(node.in(0).rank(), ca, ba), rb = other_axes(node.in(1).rank(), cb, bb);
  const Ints dy_a = range(ba.size(), ra.size()), dy_b = range(ba.size() + ra.size(), rb.size());
  return {{operand_gradient(dy[0], node.inputs[1], dy_b, rb, bb, ba, ra, ca, cb),
           operand_gradient(dy[0], node.inputs[0], dy_a, ra, ba, bb, rb, cb, ca)},
          {}};
}

// Offsets of every combination of the given axes.
std::vector<std::int64_t> offsets(std::span<const std::int64_t> shape, const Ints& axes) {
  const Shape strides = row_major_strides(shape);
  std::vector<std::int64_t> all = {0};
  for (std::int64_t axis : axes) {
    std::vector<std::int64_t> next;
    for (std::int64_t base : all)
      for (std::int64_t i = 0; i < shape[static_cast<std::size_t>(axis)]; ++i)
        next.push_back(base + i * strides[static_cast<std::size_t>(axis)]);
    all = std::move(next);
  }
  return all;
}

void evaluate(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const Ints &ca = node.get<Ints>("contract_a"), &cb = node.get<Ints>("contract_b");
  const Ints &ba = node.get<Ints>("batch_a"), &bb = node.get<Ints>("batch_b");
  const auto batch_a = offsets(in[0].shape, ba), batch_b = offsets(in[1].shape, bb);
  const auto row = offsets(in[0].shape, other_axes(in[0].shape.size(), ca, ba));
  const auto column = offsets(in[1].shape, other_axes(in[1].shape.size(), cb, bb));
  const auto inner_a = offsets(in[0].shape, ca), inner_b = offsets(in[1].shape, cb);
  visit_dtype(out[0].dtype, [&]<class T>() {
    using C = compute_t<T>;
    using Sum = std::conditional_t<std::is_same_v<C, float>, double, C>;
    const T *a = in[0].as<T>(), *b = in[1].as<T>();
    T* y = out[0].as<T>();
    for (std::size_t n = 0; n < batch_a.size(); ++n)
      for (std::int64_t i : row)
        for (std::int64_t j : column) {
          Sum sum = 0;
          for (std::size_t k = 0; k < inner_a.size(); ++k)
            sum =
                static_cast<Sum>(sum + static_cast<Sum>(static_cast<C>(a[batch_a[n] + i + inner_a[k]])) *
                                           static_cast<Sum>(static_cast<C>(b[batch_b[n] + j + inner_b[k]])));
          *y++ = T(static_cast<C>(sum));
        }
  });
}

constexpr Case cases[] = {
    {"contract_a=[1], contract_b=[0]", "f32[3,4] f32[4,5]"},
    {"contract_a=[0], contract_b=[1]", "f64[4,3] f64[5,4]"},
    {"contract_a=[2,0], contract_b=[0,2]", "f64[2,3,4] f64[4,5,2]"},
    {"contract_a=[3], contract_b=[2], batch_a=[0,1], batch_b=[0,1]", "f32[2,3,4,5] f32[2,3,5,6]"},
    {"contract_a=[1], contract_b=[3], batch_a=[2], batch_b=[0]", "f64[3,4,2] f64[2,5,6,4]"},
    {"contract_a=[], contract_b=[]", "f32[3] f32[4]"},
    {"contract_a=[1], contract_b=[0]", "i32[3,4] i32[4,5]"},
    {"contract_a=[1], contract_b=[0]", "f16[3,8] f16[8,5]"},
};

constexpr auto epilogue_attributes = epilogue::with_epilogue(attributes);
constexpr Case epilogue_cases[] = {{"contract_a=[1], contract_b=[0], shift=true", "f32[3,4] f32[4,5] f32[5]"},
                                   {"contract_a=[1], contract_b=[0], scale=true, shift=true, add=true",
                                    "f32[3,4] f32[4,5] f32[5] f32[5] f32[3,5]", R"(graph {
  %0 = input() {name="x", dtype=f32, shape=[3,5]}
  %1 = tanh(%0)
  output "y" = %1
})"}};

constexpr OpDef ops[] = {{"dot_general", attributes, infer, {gradient}, nullptr, evaluate, cases},
                         {"dot_general_epilogue",
                          epilogue_attributes,
                          epilogue::infer,
                          {nullptr, epilogue::no_gradient},
                          epilogue::decompose,
                          nullptr,
                          epilogue_cases}};

}  // namespace
extern const OpFamily ops_dot{ops};
}  // namespace keratin
