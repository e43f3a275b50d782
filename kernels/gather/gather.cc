// Reading and writing at places that are known at run time: gather, scatter, one_hot, dynamic slices.
#include "kernels/gather/indices.h"
#include "kernels/layout/strided.h"
#include "kernels/math/reference.h"
#include "runtime/ir/build_nn.h"
#include "runtime/ir/op.h"

namespace keratin {
namespace {

using namespace ir;

std::size_t at(std::int64_t axis) { return static_cast<std::size_t>(axis); }

constexpr AttributeDef axis_attribute[] = {{"axis", AttributeKind::integer}};

Value zeros(Value like, const Dims& shape) { return full(like.graph(), {like.dtype(), shape}, 0); }

// ---- gather and scatters: x's axis stands for the axes of indices
Dims gathered_shape(const Node& node) {
  const std::size_t axis = at(node.get<std::int64_t>("axis"));
  Dims shape = node.in(0).shape;
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), node.in(1).shape.begin(),
               node.in(1).shape.end());
  return shape;
}
void check_gather(const Node& node) {
  reference::check_axis(node, node.get<std::int64_t>("axis"), node.in(0));
  indices::check_indices(node, node.in(1));
}
std::vector<Type> infer_gather(const Node& node) {
  op_check_inputs(node, 2);
  check_gather(node);
  return {{node.in(0).dtype, gathered_shape(node)}};
}
void check_updates(const Node& node, const Dims& shape) {
  op_check(node.in(2) == Type{node.in(0).dtype, shape}, node, "updates are ", to_string(node.in(2)),
           ", expected ", to_string(Type{node.in(0).dtype, shape}));
}
std::vector<Type> infer_scatter(const Node& node) {
  op_check_inputs(node, 3);
  check_gather(node);
  check_updates(node, gathered_shape(node));
  return {node.in(0)};
}
Gradients gather_gradient(Node& node, std::span<const Value> dy) {
  const auto axis = node.get<std::int64_t>("axis");
  return {{scatter_add(zeros(dy[0], node.in(0).shape), node.inputs[1], dy[0], axis), Value{}}, {}};
}
Gradients scatter_gradient(Node& node, std::span<const Value> dy) {
  return {{dy[0], Value{}, gather(dy[0], node.inputs[1], node.get<std::int64_t>("axis"))}, {}};
}

// Calls visit(offset in x, offset in the gathered tensor, count) for each contiguous run.
template <class Visit>
void for_each_run(const Node& node, std::span<const HostView> in, Visit visit) {
  const reference::Around view = reference::around(in[0].shape, at(node.get<std::int64_t>("axis")));
  const std::vector<std::int64_t> indices = indices::read_indices(node, in[1], view.length);
  std::int64_t to = 0;
  for (std::int64_t before = 0; before < view.before; ++before)
    for (std::int64_t index : indices) {
      visit((before * view.length + index) * view.after, to, view.after);
      to += view.after;
    }
}
void evaluate_gather(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const std::size_t size = size_of(in[0].dtype);
  for_each_run(node, in, [&](std::int64_t from, std::int64_t to, std::int64_t count) {
    if (count)
      std::memcpy(static_cast<std::byte*>(out[0].data) + at(to) * size,
                  static_cast<const std::byte*>(in[0].data) + at(from) * size, at(count) * size);
  });
}
// sums[i] += updates[j] for the pairs that walk calls back with.
template <class Walk>
void add_updates(std::span<const HostView> in, const HostView& out, Walk walk) {
  reference::visit_numeric(in[0].dtype, [&]<class T>() {
    std::vector<reference::accumulate_t<T>> sums(at(out.elements()));
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = reference::load(in[0].as<T>()[i]);
    walk([&](std::int64_t i, std::int64_t j) {
      auto& sum = sums[at(i)];
      sum = static_cast<reference::accumulate_t<T>>(sum + reference::load(in[2].as<T>()[j]));
    });
    for (std::size_t i = 0; i < sums.size(); ++i) out.as<T>()[i] = reference::store<T>(sums[i]);
  });
}
void evaluate_scatter(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  add_updates(in, out[0], [&](auto add) {
    for_each_run(node, in, [&](std::int64_t to, std::int64_t from, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) add(to + i, from + i);
    });
  });
}
constexpr Case gather_cases[] = {{"axis=0", "f32[6,3] i32[2,2]"},
                                 {"axis=1", "f64[2,7,3] i64[4]"},
                                 {"axis=1", "f64[2,5] i32[]"},
                                 {"axis=0", "i32[5] i64[3]"}};
constexpr Case scatter_cases[] = {{"axis=0", "f32[6,3] i32[4] f32[4,3]"},
                                  {"axis=1", "f64[2,5,3] i64[2,2] f64[2,2,2,3]"},
                                  {"axis=0", "i32[5] i32[3] i32[3]"}};

// ---- gather_along and its scatter: indices of x's rank
void check_along(const Node& node) {
  check_gather(node);
  const Type &x = node.in(0), &indices = node.in(1);
  bool fits = x.rank() == indices.rank();
  for (std::size_t i = 0; fits && i < x.rank(); ++i)
    fits = i == at(node.get<std::int64_t>("axis")) || x.shape[i] == indices.shape[i];
  op_check(fits, node, "indices ", to_string(indices), " don't fit ", to_string(x),
           ": they differ in more than the axis");
}
std::vector<Type> infer_gather_along(const Node& node) {
  op_check_inputs(node, 2);
  check_along(node);
  return {{node.in(0).dtype, node.in(1).shape}};
}
std::vector<Type> infer_scatter_along(const Node& node) {
  op_check_inputs(node, 3);
  check_along(node);
  check_updates(node, node.in(1).shape);
  return {node.in(0)};
}
Gradients gather_along_gradient(Node& node, std::span<const Value> dy) {
  const auto axis = node.get<std::int64_t>("axis");
  return {{scatter_add_along(zeros(dy[0], node.in(0).shape), node.inputs[1], dy[0], axis), Value{}}, {}};
}
Gradients scatter_along_gradient(Node& node, std::span<const Value> dy) {
  return {{dy[0], Value{}, gather_along(dy[0], node.inputs[1], node.get<std::int64_t>("axis"))}, {}};
}
// Calls visit(offset in x, offset in indices).
template <class Visit>
void for_each_element(const Node& node, std::span<const HostView> in, Visit visit) {
  const std::size_t axis = at(node.get<std::int64_t>("axis"));
  const reference::Around x = reference::around(in[0].shape, axis), y = reference::around(in[1].shape, axis);
  const std::vector<std::int64_t> indices = indices::read_indices(node, in[1], x.length);
  for (std::int64_t i = 0, n = in[1].elements(); i < n; ++i)
    visit((i / y.after / y.length * x.length + indices[at(i)]) * x.after + i % y.after, i);
}
void evaluate_gather_along(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  visit_dtype(in[0].dtype, [&]<class T>() {
    for_each_element(node, in,
                     [&](std::int64_t from, std::int64_t to) { out[0].as<T>()[to] = in[0].as<T>()[from]; });
  });
}
void evaluate_scatter_along(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  add_updates(in, out[0], [&](auto add) { for_each_element(node, in, add); });
}
constexpr Case along_cases[] = {{"axis=1", "f32[2,6] i32[2,3]"},
                                {"axis=0", "f64[5,2,3] i64[2,2,3]"},
                                {"axis=2", "f64[2,2,5] i32[2,2,2]"}};
constexpr Case scatter_along_cases[] = {{"axis=1", "f32[2,6] i32[2,3] f32[2,3]"},
                                        {"axis=0", "f64[5,2] i64[4,2] f64[4,2]"}};

// ---- one_hot
constexpr AttributeDef one_hot_attributes[] = {
    {"depth", AttributeKind::dims}, {"dtype", AttributeKind::dtype}, {"axis", AttributeKind::integer}};
std::vector<Type> infer_one_hot(const Node& node) {
  op_check_inputs(node, 1);
  indices::check_indices(node, node.in(0));
  const auto axis = node.get<std::int64_t>("axis");
  op_check(node.get<Dims>("depth").size() == 1, node, "depth must be one expression");
  op_check(axis >= 0 && axis <= static_cast<std::int64_t>(node.in(0).rank()), node, "axis ", axis,
           " is outside of the result");
  Type y{node.get<DType>("dtype"), node.in(0).shape};
  y.shape.insert(y.shape.begin() + axis, node.get<Dims>("depth")[0]);
  return {y};
}
Values decompose_one_hot(Graph& graph, const Node& node, const Values& inputs) {
  const auto axis = node.get<std::int64_t>("axis");
  Dims levels(inputs[0].rank() + 1, Dim(1));
  levels[at(axis)] = node.get<Dims>("depth")[0];
  const Value indices = cast(inputs[0], DType::int64);  // a depth may be beyond the range of small integers
  const Value hit =
      compare("equal", expand_dims(indices, axis), iota(graph, DType::int64, std::move(levels), axis));
  return {cast(hit, node.get<DType>("dtype"))};
}
constexpr Case one_hot_cases[] = {{"depth=[4], dtype=f32, axis=1", "i32[5]"},
                                  {"depth=[3], dtype=f64, axis=0", "i64[2,3]"},
                                  {"depth=[5], dtype=bool, axis=1", "i32[2,3]"}};

// ---- dynamic slices: starts are scalars, moved so that the block fits
constexpr AttributeDef sizes_attribute[] = {{"sizes", AttributeKind::dims}};
void check_starts(const Node& node, std::size_t first) {
  op_check(node.inputs.size() == first + node.in(0).rank(), node,
           node.inputs.size() - std::min(first, node.inputs.size()), " starts given for ",
           to_string(node.in(0)));
  for (std::size_t i = first; i < node.inputs.size(); ++i)
    op_check(node.in(i).rank() == 0 && is_integer(node.in(i).dtype), node, "start ", i - first, " is ",
             to_string(node.in(i)), ", expected an integer scalar");
}
void check_block(const Node& node, const Dims& block) {
  const Type& x = node.in(0);
  op_check(block.size() == x.rank(), node, "a block of ", to_string(block), " for ", to_string(x));
  for (std::size_t i = 0; i < block.size(); ++i)
    op_check(!block[i].is_constant() || !x.shape[i].is_constant() ||
                 (block[i].value() >= 0 && block[i].value() <= x.shape[i].value()),
             node, "a block of ", to_string(block), " doesn't fit ", to_string(x));
}
std::vector<Type> infer_dynamic_slice(const Node& node) {
  op_check(!node.inputs.empty(), node, "wants a tensor");
  check_starts(node, 1);
  check_block(node, node.get<Dims>("sizes"));
  return {{node.in(0).dtype, node.get<Dims>("sizes")}};
}
std::vector<Type> infer_dynamic_update(const Node& node) {
  op_check(node.inputs.size() >= 2, node, "wants a tensor and a block");
  check_starts(node, 2);
  check_block(node, node.in(1).shape);
  op_check(node.in(0).dtype == node.in(1).dtype, node, "a block of ", name_of(node.in(1).dtype), " for ",
           to_string(node.in(0)));
  return {node.in(0)};
}
Values starts_of(const Node& node, std::size_t first) {
  return Values(node.inputs.begin() + static_cast<std::ptrdiff_t>(first), node.inputs.end());
}
Gradients dynamic_slice_gradient(Node& node, std::span<const Value> dy) {
  return {{dynamic_update_slice(zeros(dy[0], node.in(0).shape), dy[0], starts_of(node, 1))}, {}};
}
Gradients dynamic_update_gradient(Node& node, std::span<const Value> dy) {
  const Values starts = starts_of(node, 2);
  const Dims& block = node.in(1).shape;
  return {{dynamic_update_slice(dy[0], zeros(dy[0], block), starts), dynamic_slice(dy[0], starts, block)},
          {}};
}
// The offset in x of the block's first element.
std::int64_t block_offset(std::span<const HostView> starts, std::span<const std::int64_t> x,
                          std::span<const std::int64_t> block) {
  const Shape strides = row_major_strides(x);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    offset += std::clamp<std::int64_t>(indices::read_integers(starts[i])[0], 0, x[i] - block[i]) * strides[i];
  return offset;
}
void evaluate_dynamic_slice(const Node&, std::span<const HostView> in, std::span<const HostView> out) {
  const std::int64_t offset = block_offset(in.subspan(1), in[0].shape, out[0].shape);
  const std::size_t size = size_of(in[0].dtype);
  layout::copy_strided(size, out[0].shape, static_cast<const std::byte*>(in[0].data) + at(offset) * size,
                       row_major_strides(in[0].shape), out[0].data, row_major_strides(out[0].shape));
}
void evaluate_dynamic_update(const Node&, std::span<const HostView> in, std::span<const HostView> out) {
  const std::int64_t offset = block_offset(in.subspan(2), in[0].shape, in[1].shape);
  const std::size_t size = size_of(in[0].dtype), bytes = at(in[0].elements()) * size;
  if (bytes) std::memcpy(out[0].data, in[0].data, bytes);
  layout::copy_strided(size, in[1].shape, in[1].data, row_major_strides(in[1].shape),
                       static_cast<std::byte*>(out[0].data) + at(offset) * size,
                       row_major_strides(in[0].shape));
}
constexpr Case dynamic_slice_cases[] = {{"sizes=[2,3]", "f32[6,5] i32[] i32[]"},
                                        {"sizes=[3]", "f64[7] i64[]"}};
constexpr Case dynamic_update_cases[] = {{"", "f32[6,5] f32[2,3] i32[] i32[]"}, {"", "f64[7] f64[3] i64[]"}};

constexpr OpDef ops[] = {
    {"gather", axis_attribute, infer_gather, {gather_gradient}, nullptr, evaluate_gather, gather_cases},
    {"scatter_add",
     axis_attribute,
     infer_scatter,
     {scatter_gradient},
     nullptr,
     evaluate_scatter,
     scatter_cases},
    {"gather_along",
     axis_attribute,
     infer_gather_along,
     {gather_along_gradient},
     nullptr,
     evaluate_gather_along,
     along_cases},
    {"scatter_add_along",
     axis_attribute,
     infer_scatter_along,
     {scatter_along_gradient},
     nullptr,
     evaluate_scatter_along,
     scatter_along_cases},
    {"one_hot",
     one_hot_attributes,
     infer_one_hot,
     {nullptr, "indices are integers"},
     decompose_one_hot,
     nullptr,
     one_hot_cases},
    {"dynamic_slice",
     sizes_attribute,
     infer_dynamic_slice,
     {dynamic_slice_gradient},
     nullptr,
     evaluate_dynamic_slice,
     dynamic_slice_cases},
    {"dynamic_update_slice",
     {},
     infer_dynamic_update,
     {dynamic_update_gradient},
     nullptr,
     evaluate_dynamic_update,
     dynamic_update_cases},
};

}  // namespace
extern const OpFamily ops_gather{ops};
}  // namespace keratin
