// Convolution on the CPU. In float32 an implicit matrix product for all forms, and a kernel of its own for
// one channel per group; oneDNN for other types and gradients.
#include "kernels/conv/conv_onednn.h"
#include "kernels/conv/depthwise.h"
#include "kernels/conv/pixel_rows.h"
#include "kernels/elementwise/ending.h"
#include "runtime/core/shape.h"
#include "runtime/dispatch/kernel.h"

namespace keratin {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;

conv::Geometry geometry_of(const PrepareContext& context) {
  return conv::convolution_geometry(context.in_shape(0), context.in_shape(1), context.out_shape(),
                                    context.node);
}

const char* refuses_gemm(const PrepareContext& context) {
  if (context.node.in(0).dtype != DType::float32) return "only float32";
  return elementwise::why_no_ending(context.node);
}

class ConvolutionStep final : public dispatch::Step {
 public:
  explicit ConvolutionStep(PrepareContext& context)
      : kernels_(gemm::kernels()),
        g_(geometry_of(context)),
        rows_(g_, g_.channels / g_.groups),
        ending_(context.node) {
    sizes_ = {rows_.rows(), g_.out_channels / g_.groups, rows_.runs(), rows_.length(), g_.out_channels};
    if (!flat()) sizes_.line = g_.axes[2].out, sizes_.edge = rows_.edge();
    if (g_.groups == 1) sizes_.finish = ending_.finish();
    context.scratch_bytes = gemm::product_scratch(kernels_, sizes_, context.threads);
    if (ending_.finish())
      context.scratch_bytes = std::max(context.scratch_bytes, ending_.finish()->scratch_bytes());
    packs_ = context.parameter[1] && gemm::wants_packing(kernels_, sizes_);
    if (packs_) ask_for_packing(context);
  }

  void run(const Args& args) const override {
    const auto* packed = packs_ ? static_cast<const float*>(args.packed[0]) : nullptr;
    const std::int64_t in = g_.channels / g_.groups, out = sizes_.columns,
                       panel = gemm::packed_size(kernels_, sizes_.depth(), out);
    const gemm::Epilogue all = ending_.epilogue(args);
    for (std::int64_t group = 0; group < g_.groups; ++group) {
      const float* x = args.input<float>(0) + group * in;
      const conv::PixelSource pixels(rows_, x);
      const gemm::MatrixRows matrix(x, g_.channels);
      const gemm::RowSource* source = &pixels;
      if (flat()) source = &matrix;
      gemm::product(kernels_, sizes_,
                    {source, args.input<float>(1) + group * out, packed ? packed + group * panel : nullptr,
                     args.output<float>(0) + group * out, g_.out_channels, all.moved(group * out)},
                    args.scratch, args.team);
    }
    if (ending_.finish() && g_.groups > 1)
      ending_.finish()->run(args.output<float>(0), sizes_.rows * g_.out_channels, args.scratch);
  }

 private:
  // A 1 × 1 window: the pixels are the rows.
  bool flat() const {
    for (const conv::Axis& axis : g_.axes)
      if (axis.window != 1 || axis.stride != 1 || axis.low != 0 || axis.high != 0 || axis.input_dilation != 1)
        return false;
    return true;
  }

  void ask_for_packing(PrepareContext& context) {
    const std::int64_t depth = sizes_.depth(), columns = sizes_.columns;
    auto pack = [groups = g_.groups, step = g_.out_channels, depth, columns, &kernels = kernels_](
                    const void* raw, void* packed) {
      for (std::int64_t group = 0; group < groups; ++group)
        gemm::pack(kernels, static_cast<const float*>(raw) + group * columns, step, depth, columns,
                   static_cast<float*>(packed) + group * gemm::packed_size(kernels, depth, columns));
    };
    const auto bytes =
        static_cast<std::size_t>(g_.groups * gemm::packed_size(kernels_, depth, columns)) * sizeof(float);
    context.packings.push_back({1, bytes, std::move(pack)});
  }

  const gemm::Kernels& kernels_;
  conv::Geometry g_;
  conv::PixelRows rows_;
  elementwise::Ending ending_;
  gemm::Sizes sizes_{};
  bool packs_ = false;
};

const char* refuses_depthwise(const PrepareContext& context) {
  if (context.node.in(0).dtype != DType::float32) return "only float32";
  const conv::Geometry g = geometry_of(context);
  if (g.channels != g.groups || g.out_channels != g.groups) return "not one channel per group";
  for (const conv::Axis& axis : g.axes)
    if (axis.input_dilation != 1) return "no input dilation";
  return elementwise::why_no_ending(context.node);
}

class DepthwiseStep final : public dispatch::Step {
 public:
  explicit DepthwiseStep(PrepareContext& context) : depthwise_(geometry_of(context)), ending_(context.node) {
    scratch_ = depthwise_.scratch_bytes() + (ending_.finish() ? ending_.finish()->scratch_bytes() : 0);
    context.scratch_bytes = static_cast<std::size_t>(context.threads) * scratch_;
  }
  void run(const Args& args) const override {
    const float *x = args.input<float>(0), *w = args.input<float>(1);
    float* y = args.output<float>(0);
    const gemm::Epilogue epilogue = ending_.epilogue(args);
    const std::int64_t rows = depthwise_.rows();
    const std::int64_t parts = gemm::useful_parts(*args.team, depthwise_.multiply_adds());
    gemm::run_parts(args.team, parts, [&](std::int64_t part) {
      auto* scratch = static_cast<std::byte*>(args.scratch) + static_cast<std::size_t>(part) * scratch_;
      for (std::int64_t row = rows * part / parts; row < rows * (part + 1) / parts; ++row) {
        depthwise_.run(x, w, y, row, row + 1, epilogue, scratch);
        if (ending_.finish())
          ending_.finish()->run(y + row * depthwise_.row_size(), depthwise_.row_size(),
                                scratch + depthwise_.scratch_bytes());
      }
    });
  }

 private:
  conv::Depthwise depthwise_;
  elementwise::Ending ending_;
  std::size_t scratch_ = 0;
};

template <class S>
std::unique_ptr<dispatch::Step> prepare(PrepareContext& context) {
  return std::make_unique<S>(context);
}

constexpr dispatch::KernelDef convolution[] = {
    {"depthwise", refuses_depthwise, prepare<DepthwiseStep>},
    {"onednn", conv::onednn_refuses_unless_training, conv::onednn_prepare},
    {"implicit_gemm", refuses_gemm, prepare<ConvolutionStep>},
    {"onednn", conv::onednn_refuses, conv::onednn_prepare}};
constexpr dispatch::KernelDef input_grad[] = {
    {"onednn", conv::onednn_input_refuses, conv::onednn_input_prepare}};
constexpr dispatch::KernelDef filter_grad[] = {
    {"onednn", conv::onednn_filter_refuses, conv::onednn_filter_prepare}};
constexpr dispatch::KernelRow rows[] = {{"convolution", convolution},
                                        {"convolution_epilogue", convolution},
                                        {"convolution_input_grad", input_grad},
                                        {"convolution_filter_grad", filter_grad}};

}  // namespace
extern const dispatch::KernelList kernels_conv_cpu{rows};
}  // namespace keratin
