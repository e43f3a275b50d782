// Host part of convolution on a GPU: cuDNN, else a thread per element of the result.
#include "kernels/conv/conv_cuda.h"

namespace keratin::conv {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;

DirectParameters make_parameters(const PrepareContext& context) {
  const ir::Node& node = context.node;
  const std::vector<std::int64_t> x = context.in_shape(0), w = context.in_shape(1), y = context.out_shape();
  const std::vector<std::int64_t> low = ir::to_shape(node.get<ir::Dims>("low")),
                                  high = ir::to_shape(node.get<ir::Dims>("high"));
  DirectParameters p{};
  cudnn::Convolution& c = p.problem;
  c.dtype = node.in(0).dtype;
  c.rank = static_cast<std::int32_t>(x.size()) - 2;
  c.batch = x[0];
  c.channels = x.back();
  c.filters = y.back();
  c.groups = node.get<std::int64_t>("groups");
  for (auto* list : {&c.in, &c.out, &c.window, &c.strides, &c.dilation, &p.input_dilation}) list->fill(1);
  for (std::size_t i = 0; i + 2 < x.size(); ++i) {
    c.in[i] = x[i + 1];
    c.out[i] = y[i + 1];
    c.window[i] = w[i];
    c.strides[i] = node.get<ir::Ints>("strides")[i];
    c.dilation[i] = node.get<ir::Ints>("dilation")[i];
    c.low[i] = low[i];
    c.high[i] = high[i];
    p.input_dilation[i] = node.get<ir::Ints>("input_dilation")[i];
  }
  return p;
}

const char* library_refuses(const PrepareContext& context) {
  const DirectParameters p = make_parameters(context);
  for (std::int64_t dilation : p.input_dilation)
    if (dilation != 1) return "cuDNN: a dilated input";
  return cudnn::refuses(p.problem);
}
std::unique_ptr<dispatch::Step> prepare_library(PrepareContext& context) {
  const cudnn::Convolution problem = make_parameters(context).problem;
  return dispatch::make_step([problem, call = cudnn::describe(problem)](const Args& args) {
    const cudnn::ConvolutionParameters parameters{problem, args.in[0], args.in[1], args.out[0]};
    args.stream->library_call(call, launch::bytes_of(parameters));
  });
}

const char* direct_refuses(const PrepareContext& context) {
  return launch::has_kernel(context.node.in(0).dtype) ? nullptr : "no GPU kernel for this dtype";
}
std::unique_ptr<dispatch::Step> prepare_direct(PrepareContext& context) {
  const DirectParameters p = make_parameters(context);
  const std::int64_t count = ir::product(context.node.results[0].shape).value();
  const std::string kernel = launch::entry_name("convolution.direct", p.problem.dtype);
  return dispatch::make_step([p, count, kernel](const Args& args) {
    if (count == 0) return;
    DirectParameters parameters = p;
    parameters.x = args.in[0];
    parameters.w = args.in[1];
    parameters.y = args.out[0];
    args.stream->launch(launch::flat(kernel.c_str(), count), launch::bytes_of(parameters));
  });
}

constexpr dispatch::KernelDef kernels[] = {{"cudnn", library_refuses, prepare_library},
                                           {"direct", direct_refuses, prepare_direct}};
constexpr dispatch::KernelRow rows[] = {{"convolution", kernels}};

}  // namespace
}  // namespace keratin::conv

namespace keratin {
extern const dispatch::KernelList kernels_conv_cuda{conv::rows};
}  // namespace keratin
