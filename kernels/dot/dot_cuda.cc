// Host part of dot_general on a GPU: cuBLASLt where the axes make matrices, else one thread per element.
#include "kernels/dot/dot_cuda.h"

#include "kernels/lib/cublaslt.h"
#include "runtime/core/shape.h"

namespace keratin::dot {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;
using ir::Ints;

Ints other_axes(std::size_t rank, const Ints& contract, const Ints& batch) {
  Ints axes;
  auto holds = [](const Ints& list, std::int64_t axis) {
    return std::find(list.begin(), list.end(), axis) != list.end();
  };
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(rank); ++i)
    if (!holds(contract, i) && !holds(batch, i)) axes.push_back(i);
  return axes;
}

std::vector<std::int64_t> pick(const std::vector<std::int64_t>& values, const Ints& axes) {
  std::vector<std::int64_t> picked;
  for (std::int64_t axis : axes) picked.push_back(values[static_cast<std::size_t>(axis)]);
  return picked;
}

bool make_parameters(const PrepareContext& context, DotParameters& p) {
  const ir::Node& node = context.node;
  const Ints &ca = node.get<Ints>("contract_a"), &cb = node.get<Ints>("contract_b");
  const Ints &ba = node.get<Ints>("batch_a"), &bb = node.get<Ints>("batch_b");
  const std::vector<std::int64_t> a = context.in_shape(0), b = context.in_shape(1);
  const std::vector<std::int64_t> sa = row_major_strides(a), sb = row_major_strides(b);
  const Ints rows = other_axes(a.size(), ca, ba), columns = other_axes(b.size(), cb, bb);
  p.batches = element_count(pick(a, ba));
  p.rows = element_count(pick(a, rows));
  p.columns = element_count(pick(b, columns));
  p.inners = element_count(pick(a, ca));
  return launch::make_nest<2>(pick(a, ba), {pick(sa, ba), pick(sb, bb)}, p.batch) &&
         launch::make_nest<2>(pick(a, ca), {pick(sa, ca), pick(sb, cb)}, p.inner) &&
         launch::make_nest<1>(pick(a, rows), {pick(sa, rows)}, p.row) &&
         launch::make_nest<1>(pick(b, columns), {pick(sb, columns)}, p.column);
}

// One matrix per batch, when every group of axes is one axis and one of the two strides is 1.
struct Layout {
  bool ok, transposed;
  std::int64_t leading;
};
Layout layout_of(std::int64_t row_stride, std::int64_t rows, std::int64_t inner_stride, std::int64_t inners) {
  if (inner_stride == 1 || inners == 1) return {true, false, rows == 1 ? inners : row_stride};
  return {row_stride == 1 || rows == 1, true, inner_stride};
}

const char* make_matmul(const PrepareContext& context, cublaslt::Matmul& matmul) {
  DotParameters p{};
  if (!make_parameters(context, p) || p.batch.rank > 1 || p.inner.rank > 1 || p.row.rank > 1 ||
      p.column.rank > 1)
    return "cuBLASLt: the axes don't make one matrix per batch";
  const Layout a = layout_of(p.row.strides[0][0], p.rows, p.inner.strides[0][0], p.inners);
  const Layout b = layout_of(p.inner.strides[1][0], p.inners, p.column.strides[0][0], p.columns);
  if (!a.ok || !b.ok) return "cuBLASLt: no axis of a matrix is contiguous";
  matmul = {context.node.in(0).dtype,
            a.transposed,
            b.transposed,
            p.batches,
            p.rows,
            p.columns,
            p.inners,
            a.leading,
            b.leading,
            p.batch.strides[0][0],
            p.batch.strides[1][0]};
  return cublaslt::refuses(matmul);
}

const char* library_refuses(const PrepareContext& context) {
  cublaslt::Matmul matmul{};
  return make_matmul(context, matmul);
}
std::unique_ptr<dispatch::Step> prepare_library(PrepareContext& context) {
  cublaslt::Matmul matmul{};
  make_matmul(context, matmul);
  return dispatch::make_step([matmul, call = cublaslt::describe(matmul)](const Args& args) {
    const cublaslt::MatmulParameters parameters{matmul, args.in[0], args.in[1], args.out[0]};
    args.stream->library_call(call, launch::bytes_of(parameters));
  });
}

const char* strided_refuses(const PrepareContext& context) {
  DotParameters p{};
  if (!launch::has_kernel(context.node.in(0).dtype) || context.node.in(0).dtype == DType::boolean)
    return "no GPU kernel for this dtype";
  return make_parameters(context, p) ? nullptr : "more than 6 axes of one kind remain after joining";
}
std::unique_ptr<dispatch::Step> prepare_strided(PrepareContext& context) {
  DotParameters p{};
  make_parameters(context, p);
  const std::string kernel = launch::entry_name("dot_strided", context.node.in(0).dtype);
  return dispatch::make_step([p, kernel](const Args& args) {
    const std::int64_t count = p.batches * p.rows * p.columns;
    if (count == 0) return;
    DotParameters parameters = p;
    parameters.a = args.in[0];
    parameters.b = args.in[1];
    parameters.y = args.out[0];
    args.stream->launch(launch::flat(kernel.c_str(), count), launch::bytes_of(parameters));
  });
}

constexpr dispatch::KernelDef kernels[] = {{"cublaslt", library_refuses, prepare_library},
                                           {"strided", strided_refuses, prepare_strided}};
constexpr dispatch::KernelRow rows[] = {{"dot_general", kernels}};

}  // namespace
}  // namespace keratin::dot

namespace keratin {
extern const dispatch::KernelList kernels_dot_cuda{dot::rows};
}  // namespace keratin
