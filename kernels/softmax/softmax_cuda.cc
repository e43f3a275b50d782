// Host part of softmax and log_softmax on a GPU: a block per row, or cuDNN where the axes are not the last.
#include "kernels/softmax/softmax_cuda.h"

#include "kernels/lib/cudnn.h"
#include "runtime/core/shape.h"

namespace keratin::softmax {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;

// The tensor as (outer, size, inner), when the axes stand side by side.
const char* make_problem(const PrepareContext& context, cudnn::Softmax& problem) {
  ir::Ints axes = context.node.get<ir::Ints>("axis");
  std::sort(axes.begin(), axes.end());
  if (axes.empty()) return "there is no axis";
  if (axes.back() - axes.front() + 1 != static_cast<std::int64_t>(axes.size()))
    return "the axes don't stand side by side";
  const std::vector<std::int64_t> shape = context.in_shape(0);
  const std::span<const std::int64_t> all = shape;
  const auto first = static_cast<std::size_t>(axes.front());
  problem = {context.node.in(0).dtype, std::string_view(context.node.op->name) == "log_softmax",
             element_count(all.first(first)), element_count(all.subspan(first, axes.size())),
             element_count(all.subspan(first + axes.size()))};
  return nullptr;
}

const char* block_refuses(const PrepareContext& context) {
  cudnn::Softmax problem{};
  if (const char* why = make_problem(context, problem)) return why;
  if (!launch::has_kernel(problem.dtype)) return "no GPU kernel for this dtype";
  return problem.inner == 1 ? nullptr : "the axes are not the last";
}
std::unique_ptr<dispatch::Step> prepare_block(PrepareContext& context) {
  cudnn::Softmax problem{};
  make_problem(context, problem);
  const std::string base = std::string(context.node.op->name) + ".block";
  const std::string kernel = launch::entry_name(base.c_str(), problem.dtype);
  return dispatch::make_step([problem, kernel](const Args& args) {
    if (problem.outer * problem.size == 0) return;
    const RowParameters parameters{args.in[0], args.out[0], problem.outer, problem.size};
    args.stream->launch(launch::blocks(kernel.c_str(), problem.outer), launch::bytes_of(parameters));
  });
}

const char* library_refuses(const PrepareContext& context) {
  cudnn::Softmax problem{};
  if (const char* why = make_problem(context, problem)) return why;
  return cudnn::refuses(problem);
}
std::unique_ptr<dispatch::Step> prepare_library(PrepareContext& context) {
  cudnn::Softmax problem{};
  make_problem(context, problem);
  return dispatch::make_step([problem, call = cudnn::describe(problem)](const Args& args) {
    const cudnn::SoftmaxParameters parameters{problem, args.in[0], args.out[0]};
    args.stream->library_call(call, launch::bytes_of(parameters));
  });
}

constexpr dispatch::KernelDef kernels[] = {{"block", block_refuses, prepare_block},
                                           {"cudnn", library_refuses, prepare_library}};
constexpr dispatch::KernelRow rows[] = {{"softmax", kernels}, {"log_softmax", kernels}};

}  // namespace
}  // namespace keratin::softmax

namespace keratin {
extern const dispatch::KernelList kernels_softmax_cuda{softmax::rows};
}  // namespace keratin
