// Host part of the GPU reductions: a block per result where there is much to reduce, else a thread.
#include "kernels/reduce/reduce_cuda.h"

#include "runtime/core/shape.h"

namespace keratin::reduce {
namespace {

using dispatch::Args;
using dispatch::KernelDef;
using dispatch::PrepareContext;

constexpr std::int64_t worth_a_block = 128;

bool make_parameters(const PrepareContext& context, ReduceParameters& p) {
  const ir::Ints& axes = context.node.get<ir::Ints>("axes");
  const std::vector<std::int64_t> shape = context.in_shape(0), strides = row_major_strides(shape);
  std::vector<std::int64_t> kept, over, kept_strides, over_strides;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool reduced = std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end();
    (reduced ? over : kept).push_back(shape[i]);
    (reduced ? over_strides : kept_strides).push_back(strides[i]);
  }
  p.results = element_count(kept);
  p.reduced = element_count(over);
  return launch::make_nest<1>(kept, {kept_strides}, p.kept) &&
         launch::make_nest<1>(over, {over_strides}, p.over);
}

const char* thread_refuses(const PrepareContext& context) {
  ReduceParameters p{};
  if (!launch::has_kernel(context.node.in(0).dtype)) return "no GPU kernel for this dtype";
  return make_parameters(context, p) ? nullptr : "more than 6 axes remain after joining";
}
const char* block_refuses(const PrepareContext& context) {
  if (const char* why = thread_refuses(context)) return why;
  ReduceParameters p{};
  make_parameters(context, p);
  return p.reduced >= worth_a_block ? nullptr : "too few elements for a block each";
}

template <bool block>
std::unique_ptr<dispatch::Step> prepare(PrepareContext& context) {
  ReduceParameters p{};
  make_parameters(context, p);
  const std::string base = std::string(context.node.op->name) + (block ? ".block" : ".thread");
  const std::string kernel = launch::entry_name(base.c_str(), context.node.in(0).dtype);
  return dispatch::make_step([p, kernel](const Args& args) {
    if (p.results == 0) return;
    ReduceParameters parameters = p;
    parameters.in = args.in[0];
    parameters.out = args.out[0];
    const device::Launch launch =
        block ? launch::blocks(kernel.c_str(), p.results) : launch::flat(kernel.c_str(), p.results);
    args.stream->launch(launch, launch::bytes_of(parameters));
  });
}

constexpr KernelDef kernels[] = {{"block", block_refuses, prepare<true>},
                                 {"thread", thread_refuses, prepare<false>}};
constexpr dispatch::KernelRow rows[] = {
    {"reduce_sum", kernels},  {"reduce_mean", kernels}, {"reduce_max", kernels}, {"reduce_min", kernels},
    {"reduce_prod", kernels}, {"reduce_any", kernels},  {"reduce_all", kernels}};

}  // namespace
}  // namespace keratin::reduce

namespace keratin {
extern const dispatch::KernelList kernels_reduce_cuda{reduce::rows};
}  // namespace keratin
