// Moving elements of any dtype on the CPU: each op is one planned copy between strided blocks, or a few.
#include <algorithm>
#include <cstring>

#include "kernels/layout/strided.h"
#include "runtime/core/shape.h"
#include "runtime/dispatch/kernel.h"

namespace keratin {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;
using layout::StridedCopy;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// One copy of a block of an input to a block of the result.
struct Move {
  std::size_t input;
  std::int64_t from, to;  // first bytes
  StridedCopy copy;
};

// What the result holds before the moves.
enum class Before { nothing, filled, copied };

class MoveStep final : public dispatch::Step {
 public:
  MoveStep(PrepareContext& context, std::vector<Move> moves, Before before = Before::nothing)
      : moves_(std::move(moves)),
        before_(before),
        size_(size_of(context.node.results[0].dtype)),
        elements_(element_count(context.out_shape())) {}

  void run(const Args& args) const override {
    if (before_ == Before::filled)
      layout::fill(size_, elements_, args.in[1], args.out[0]);
    else if (before_ == Before::copied && elements_)
      std::memcpy(args.out[0], args.in[0], at(elements_) * size_);
    for (const Move& move : moves_) {
      const auto* from = args.input<std::byte>(move.input) + move.from;
      auto* to = args.output<std::byte>(0) + move.to;
      const std::int64_t parts = move.copy.parts(), elements = move.copy.elements();
      if (parts == 0) continue;
      constexpr std::int64_t least = 1 << 15;  // elements that are worth another thread
      args.team->parallel_for(
          parts, std::max<std::int64_t>(1, least / std::max<std::int64_t>(1, elements / parts)),
          [&](std::int64_t begin, std::int64_t end) { move.copy.run(from, to, begin, end); });
    }
  }

 private:
  std::vector<Move> moves_;
  Before before_;
  std::size_t size_;
  std::int64_t elements_;
};

std::size_t element_size(const PrepareContext& context) { return size_of(context.node.results[0].dtype); }

std::unique_ptr<dispatch::Step> gathered(PrepareContext& context, std::int64_t start, const Shape& strides) {
  const Shape shape = context.out_shape();
  const std::size_t size = element_size(context);
  return std::make_unique<MoveStep>(
      context, std::vector<Move>{{0, start * static_cast<std::int64_t>(size), 0,
                                  StridedCopy(size, shape, strides, row_major_strides(shape))}});
}

std::unique_ptr<dispatch::Step> prepare_transpose(PrepareContext& context) {
  const Shape own = row_major_strides(context.in_shape(0));
  Shape strides;
  for (std::int64_t axis : context.node.get<ir::Ints>("permutation")) strides.push_back(own[at(axis)]);
  return gathered(context, 0, strides);
}

std::unique_ptr<dispatch::Step> prepare_broadcast(PrepareContext& context) {
  const Shape in = context.in_shape(0), own = row_major_strides(in), out = context.out_shape();
  Shape strides(out.size(), 0);
  for (std::size_t i = 0; i < in.size(); ++i) strides[out.size() - in.size() + i] = in[i] == 1 ? 0 : own[i];
  return gathered(context, 0, strides);
}

// Where a strided block of a dense tensor starts, and its strides.
std::pair<std::int64_t, Shape> block(const Shape& shape, const Shape& start, const ir::Ints& stride) {
  Shape strides = row_major_strides(shape);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < strides.size(); ++i) {
    offset += start[i] * strides[i];
    strides[i] *= stride[i];
  }
  return {offset, strides};
}

std::unique_ptr<dispatch::Step> prepare_slice(PrepareContext& context) {
  const auto [offset, strides] = block(context.in_shape(0), ir::to_shape(context.node.get<ir::Dims>("start")),
                                       context.node.get<ir::Ints>("stride"));
  return gathered(context, offset, strides);
}

std::unique_ptr<dispatch::Step> prepare_reverse(PrepareContext& context) {
  const Shape shape = context.in_shape(0);
  Shape strides = row_major_strides(shape);
  std::int64_t offset = 0;
  for (std::int64_t axis : context.node.get<ir::Ints>("axes")) {
    offset += (shape[at(axis)] - 1) * strides[at(axis)];
    strides[at(axis)] = -strides[at(axis)];
  }
  return gathered(context, offset, strides);
}

std::unique_ptr<dispatch::Step> prepare_slice_update(PrepareContext& context) {
  const auto [offset, strides] = block(context.out_shape(), ir::to_shape(context.node.get<ir::Dims>("start")),
                                       context.node.get<ir::Ints>("stride"));
  const std::size_t size = element_size(context);
  const Shape shape = context.in_shape(1);
  std::vector<Move> moves = {{1, 0, offset * static_cast<std::int64_t>(size),
                              StridedCopy(size, shape, row_major_strides(shape), strides)}};
  return std::make_unique<MoveStep>(context, std::move(moves), Before::copied);
}

std::unique_ptr<dispatch::Step> prepare_concatenate(PrepareContext& context) {
  const std::size_t axis = at(context.node.get<std::int64_t>("axis")), size = element_size(context);
  const Shape strides = row_major_strides(context.out_shape());
  std::vector<Move> moves;
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < context.node.inputs.size(); ++i) {
    const Shape shape = context.in_shape(i);
    moves.push_back({i, 0, offset * strides[axis] * static_cast<std::int64_t>(size),
                     StridedCopy(size, shape, row_major_strides(shape), strides)});
    offset += shape[axis];
  }
  return std::make_unique<MoveStep>(context, std::move(moves));
}

std::unique_ptr<dispatch::Step> prepare_pad(PrepareContext& context) {
  const Shape in = context.in_shape(0), out = context.out_shape();
  const Shape from = row_major_strides(in), to = row_major_strides(out);
  const ir::Ints& low = context.node.get<ir::Ints>("low");
  const auto size = static_cast<std::int64_t>(element_size(context));
  Shape count(from.size());
  std::int64_t source = 0, target = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::int64_t skip = std::max<std::int64_t>(0, -low[i]), begin = std::max<std::int64_t>(0, low[i]);
    count[i] = std::max<std::int64_t>(0, std::min(in[i] - skip, out[i] - begin));
    source += skip * from[i];
    target += begin * to[i];
  }
  std::vector<Move> moves = {
      {0, source * size, target * size, StridedCopy(element_size(context), count, from, to)}};
  return std::make_unique<MoveStep>(context, std::move(moves), Before::filled);
}

const char* refuses(const PrepareContext& context) {
  if (context.node.results[0].dtype == DType::string) return "strings aren't moved as bytes";
  return context.node.results[0].rank() <= 16 ? nullptr : "more than 16 axes";
}

constexpr dispatch::KernelDef transpose[] = {{"copy", refuses, prepare_transpose}},
                              broadcast[] = {{"copy", refuses, prepare_broadcast}},
                              slice[] = {{"copy", refuses, prepare_slice}},
                              reverse[] = {{"copy", refuses, prepare_reverse}},
                              slice_update[] = {{"copy", refuses, prepare_slice_update}},
                              concatenate[] = {{"copy", refuses, prepare_concatenate}},
                              pad[] = {{"copy", refuses, prepare_pad}};
constexpr dispatch::KernelRow list[] = {
    {"transpose", transpose},       {"broadcast_to", broadcast},  {"slice", slice}, {"reverse", reverse},
    {"slice_update", slice_update}, {"concatenate", concatenate}, {"pad", pad}};

}  // namespace
extern const dispatch::KernelList kernels_layout_cpu{list};
}  // namespace keratin
