#include "kernels/conv/conv_onednn.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "kernels/conv/geometry.h"
#include "kernels/elementwise/onednn_ending.h"
#include "kernels/layout/strided.h"
#include "runtime/core/align.h"
#include "runtime/core/shape.h"

namespace keratin::conv {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;
using onednn::Convolution;
using onednn::Pass;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// A convolution of our op as one of oneDNN's. Where the input is dilated, the stride of 1 lets x and y change
// places: y is the input of a convolution with that dilation as its strides, with the filter reversed.
struct Problem {
  Convolution convolution;
  bool swapped = false;
};

Problem problem_of(const Geometry& g, const PrepareContext& context, Pass pass) {
  Problem problem;
  for (const Axis& axis : g.axes) problem.swapped |= axis.input_dilation != 1;
  const bool swapped = problem.swapped;
  Convolution& c = problem.convolution;
  c.pass = pass;
  if (swapped && pass != Pass::filter_gradient)
    c.pass = pass == Pass::forward ? Pass::input_gradient : Pass::forward;
  c.epilogue = elementwise::onednn_epilogue(context.node);
  c.dtype = context.node.in(0).dtype;
  c.threads = context.threads;
  c.rank = g.spatial;
  c.batch = g.batch;
  c.groups = g.groups;
  c.channels = swapped ? g.out_channels : g.channels;
  c.filters = swapped ? g.channels : g.out_channels;
  c.group_step = g.out_channels / g.groups;
  c.channel_step = swapped ? 1 : g.out_channels;
  c.filter_step = swapped ? g.out_channels : 1;
  for (std::size_t i = 0; i < g.spatial; ++i) {
    const Axis& axis = g.axes[3 - g.spatial + i];
    const std::int64_t reach = (axis.window - 1) * axis.dilation;
    c.in[i] = swapped ? axis.out : axis.size;
    c.out[i] = swapped ? axis.size : axis.out;
    c.window[i] = axis.window;
    c.dilation[i] = axis.dilation;
    c.strides[i] = swapped ? axis.input_dilation : axis.stride;
    c.low[i] = swapped ? reach - axis.low : axis.low;
    // What the window doesn't reach at the end is no padding to oneDNN: it wants sizes that fit exactly.
    c.high[i] = (c.out[i] - 1) * c.strides[i] + reach + 1 - c.in[i] - c.low[i];
  }
  return problem;
}

const char* refuses(const Geometry& g, const PrepareContext& context, Pass pass) {
  const Problem problem = problem_of(g, context, pass);
  if (problem.swapped)
    for (const Axis& axis : g.axes)
      if (axis.stride != 1) return "oneDNN: strides and a dilated input";
  return onednn::refuses(problem.convolution);
}

Geometry geometry_of(const PrepareContext& context) {
  return convolution_geometry(context.in_shape(0), context.in_shape(1), context.out_shape(), context.node);
}
Geometry input_geometry_of(const PrepareContext& context) {
  return convolution_geometry(context.out_shape(), context.in_shape(1), context.in_shape(0), context.node);
}
Geometry filter_geometry_of(const PrepareContext& context) {
  return convolution_geometry(context.in_shape(0), context.out_shape(), context.in_shape(1), context.node);
}

// Copies a filter with its window reversed.
layout::StridedCopy reversal(const Geometry& g, std::size_t element_size) {
  const std::int64_t taps = g.axes[0].window * g.axes[1].window * g.axes[2].window;
  const std::int64_t tap = g.channels / g.groups * g.out_channels;
  const Shape shape = {taps, tap}, from = {-tap, 1}, to = {tap, 1};
  return {element_size, shape, from, to};
}

// The primitive of a node with its memory: [oneDNN's scratch][packed filter][reversed filter].
class Base : public dispatch::Step {
 protected:
  Base(const Geometry& g, PrepareContext& context, Pass pass)
      : problem_(problem_of(g, context, pass)), element_size_(size_of(context.node.in(0).dtype)) {
    primitive_ = onednn::make(problem_.convolution);
    sizes_ = onednn::table()->sizes(primitive_.get());
    const std::int64_t taps = g.axes[0].window * g.axes[1].window * g.axes[2].window;
    last_tap_ = at((taps - 1) * (g.channels / g.groups) * g.out_channels) * element_size_;
    if (problem_.swapped && taps > 1) reversal_.emplace(reversal(g, element_size_));
    packed_at_ = aligned(sizes_.scratch);
    reversed_at_ = packed_at_ + aligned(sizes_.packed);
    total_ = reversed_at_ + aligned(reversal_ ? filter_bytes() : 0);
    context.scratch_bytes = total_;
    if (context.threads > 1) context.runner = &onednn::table()->runner;
  }

  std::size_t filter_bytes() const { return at(reversal_->elements()) * element_size_; }
  static std::byte* moved(void* memory, std::size_t bytes) { return static_cast<std::byte*>(memory) + bytes; }
  void reverse(const void* from, void* to) const {
    reversal_->run(static_cast<const std::byte*>(from) + last_tap_, to);
  }
  bool changes_filter() const { return sizes_.packed != 0 || reversal_; }

  Problem problem_;
  std::size_t element_size_;
  onednn::PrimitivePtr primitive_;
  onednn::Sizes sizes_;
  std::optional<layout::StridedCopy> reversal_;
  std::size_t last_tap_ = 0, packed_at_ = 0, reversed_at_ = 0, total_ = 0;
};

// What a filter is applied to, forward or backward.
class ConvolutionStep final : public Base {
 public:
  ConvolutionStep(const Geometry& g, PrepareContext& context, Pass pass)
      : Base(g, context, pass), ending_(context) {
    context.scratch_bytes = std::max(total_, ending_.scratch_bytes());
    packs_ = context.parameter[1] && changes_filter();
    if (packs_) ask_for_packing(context);
  }

  void run(const Args& args) const override {
    const void* w = packs_ ? args.packed[0] : nullptr;
    if (!w) w = filter(args);
    onednn::Arguments arguments{.x = args.in[0], .w = w, .y = args.out[0]};
    if (problem_.convolution.pass == Pass::input_gradient) std::swap(arguments.x, arguments.y);
    ending_.run(primitive_.get(), arguments, args);
  }

 private:
  // As the primitive wants it, made of the raw one in scratch memory.
  const void* filter(const Args& args) const {
    const void* w = args.in[1];
    if (reversal_) {
      void* reversed = moved(args.scratch, reversed_at_);
      reverse(w, reversed);
      w = reversed;
    }
    if (sizes_.packed == 0) return w;
    void* packed = moved(args.scratch, packed_at_);
    onednn::table()->reorder(primitive_.get(), w, packed, problem_.convolution.threads);
    return packed;
  }

  void ask_for_packing(PrepareContext& context) {
    auto pack = [this](const void* raw, void* packed) {
      if (!reversal_) return onednn::table()->reorder(primitive_.get(), raw, packed, 1);
      if (sizes_.packed == 0) return reverse(raw, packed);
      std::vector<std::byte> reversed(filter_bytes());
      reverse(raw, reversed.data());
      onednn::table()->reorder(primitive_.get(), reversed.data(), packed, 1);
    };
    context.packings.push_back({1, sizes_.packed ? sizes_.packed : filter_bytes(), std::move(pack)});
  }

  elementwise::OnednnEnding ending_;
  bool packs_ = false;
};

class FilterGradientStep final : public Base {
 public:
  FilterGradientStep(const Geometry& g, PrepareContext& context) : Base(g, context, Pass::filter_gradient) {}

  void run(const Args& args) const override {
    void* raw = reversal_ ? moved(args.scratch, reversed_at_) : args.out[0];
    void* w = sizes_.packed ? moved(args.scratch, packed_at_) : raw;
    onednn::Arguments arguments{.x = args.in[0], .w = w, .y = args.in[1], .scratch = args.scratch};
    if (problem_.swapped) std::swap(arguments.x, arguments.y);
    onednn::table()->run(primitive_.get(), arguments);
    if (sizes_.packed) onednn::table()->reorder(primitive_.get(), w, raw, problem_.convolution.threads);
    if (reversal_) reverse(raw, args.out[0]);
  }
};

}  // namespace

const char* onednn_refuses(const PrepareContext& context) {
  if (const char* why = elementwise::why_no_ending(context.node)) return why;
  const Geometry g = geometry_of(context);
  for (const Axis& axis : g.axes)
    if (axis.input_dilation != 1 && context.node.op->name != std::string_view("convolution"))
      return "oneDNN: no epilogue after a dilated input";
  return refuses(g, context, Pass::forward);
}
const char* onednn_refuses_unless_training(const PrepareContext& context) {
  if (context.parameter[1]) return "code generation would delay the first result";
  const Geometry g = geometry_of(context);
  if (std::all_of(g.axes.begin(), g.axes.end(), [](const Axis& axis) { return axis.input_dilation == 1; }))
    return "our own kernel is as fast";
  return onednn_refuses(context);
}
std::unique_ptr<dispatch::Step> onednn_prepare(PrepareContext& context) {
  return std::make_unique<ConvolutionStep>(geometry_of(context), context, Pass::forward);
}

const char* onednn_input_refuses(const PrepareContext& context) {
  return refuses(input_geometry_of(context), context, Pass::input_gradient);
}
std::unique_ptr<dispatch::Step> onednn_input_prepare(PrepareContext& context) {
  return std::make_unique<ConvolutionStep>(input_geometry_of(context), context, Pass::input_gradient);
}

const char* onednn_filter_refuses(const PrepareContext& context) {
  return refuses(filter_geometry_of(context), context, Pass::filter_gradient);
}
std::unique_ptr<dispatch::Step> onednn_filter_prepare(PrepareContext& context) {
  return std::make_unique<FilterGradientStep>(filter_geometry_of(context), context);
}

}  // namespace keratin::conv
