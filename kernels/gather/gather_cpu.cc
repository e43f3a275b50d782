// gather on the CPU: whole runs of elements are copied, as embeddings are looked up. gather_along and its
// scatter: element by element, as a loss takes the scores of its classes.
#include <cstring>

#include "runtime/core/error.h"
#include "runtime/dispatch/kernel.h"

namespace keratin {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;

const char* refuses(const PrepareContext& context) {
  const DType dtype = context.node.in(1).dtype;
  if (context.node.in(0).dtype == DType::string) return "only numbers";
  return dtype == DType::int32 || dtype == DType::int64 ? nullptr : "only indices of int32 and int64";
}

// Negative indices count from the end.
class Axis {
 public:
  Axis() = default;
  Axis(const ir::Node& node, std::int64_t length) : length_(length), op_(node.op->name), label_(node.label) {}
  std::int64_t length() const { return length_; }
  std::int64_t checked(std::int64_t index) const {
    if (index < -length_ || index >= length_) [[unlikely]]
      fail(ErrorCode::invalid_argument, "[", op_, "] index ", index, " is outside of an axis of ", length_,
           label_.empty() ? "" : cat(" (layer \"", label_, "\")"));
    return index < 0 ? index + length_ : index;
  }

 private:
  std::int64_t length_ = 1;
  const char* op_ = "";
  std::string label_;
};

template <class Index>
class GatherStep final : public dispatch::Step {
 public:
  explicit GatherStep(const PrepareContext& context) {
    const auto axis = static_cast<std::size_t>(context.node.get<std::int64_t>("axis"));
    const std::vector<std::int64_t> shape = context.in_shape(0);
    run_ = static_cast<std::int64_t>(size_of(context.node.in(0).dtype));
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (i < axis) before_ *= shape[i];
      if (i == axis) axis_ = Axis(context.node, shape[i]);
      if (i > axis) run_ *= shape[i];
    }
    for (std::int64_t size : context.in_shape(1)) count_ *= size;
  }

  void run(const Args& args) const override {
    const auto* x = args.input<std::byte>(0);
    const auto* indices = args.input<Index>(1);
    auto* out = args.output<std::byte>(0);
    args.team->parallel_for(
        before_ * count_, (1 << 15) / (run_ + 1) + 1, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t from = i / count_ * axis_.length() + axis_.checked(indices[i % count_]);
            if (run_) std::memcpy(out + i * run_, x + from * run_, static_cast<std::size_t>(run_));
          }
        });
  }

 private:
  std::int64_t before_ = 1, run_ = 1, count_ = 1;  // run_ in bytes
  Axis axis_;
};

// Where each element of the indices is in x.
template <class Index>
class Along {
 public:
  explicit Along(const PrepareContext& context) {
    const auto axis = static_cast<std::size_t>(context.node.get<std::int64_t>("axis"));
    const std::vector<std::int64_t> x = context.in_shape(0), indices = context.in_shape(1);
    axis_ = Axis(context.node, x[axis]);
    count_ = indices[axis];
    for (std::size_t i = 0; i < x.size(); ++i) (i < axis ? before_ : after_) *= i == axis ? 1 : x[i];
  }
  // visit(offset in x, offset in the indices)
  template <class Visit>
  void for_each(const Index* indices, Visit visit) const {
    std::int64_t i = 0;
    for (std::int64_t before = 0; before < before_; ++before)
      for (std::int64_t k = 0; k < count_; ++k)
        for (std::int64_t after = 0; after < after_; ++after, ++i)
          visit((before * axis_.length() + axis_.checked(indices[i])) * after_ + after, i);
  }
  std::size_t elements() const { return static_cast<std::size_t>(before_ * axis_.length() * after_); }

 private:
  std::int64_t before_ = 1, count_ = 1, after_ = 1;
  Axis axis_;
};

const char* refuses_along(const PrepareContext& context) {
  return context.node.in(0).dtype == DType::float32 ? refuses(context) : "only float32";
}
template <class Index>
std::unique_ptr<dispatch::Step> gather_along_step(const PrepareContext& context) {
  return dispatch::make_step([along = Along<Index>(context)](const Args& args) {
    const float* x = args.input<float>(0);
    float* out = args.output<float>(0);
    along.for_each(args.input<Index>(1), [&](std::int64_t from, std::int64_t to) { out[to] = x[from]; });
  });
}
template <class Index>
std::unique_ptr<dispatch::Step> scatter_along_step(const PrepareContext& context) {
  return dispatch::make_step([along = Along<Index>(context)](const Args& args) {
    const float* updates = args.input<float>(2);
    float* out = args.output<float>(0);
    if (along.elements()) std::memcpy(out, args.in[0], along.elements() * sizeof(float));
    along.for_each(args.input<Index>(1),
                   [&](std::int64_t to, std::int64_t from) { out[to] += updates[from]; });
  });
}
std::unique_ptr<dispatch::Step> prepare_gather_along(PrepareContext& context) {
  const bool narrow = context.node.in(1).dtype == DType::int32;
  return narrow ? gather_along_step<std::int32_t>(context) : gather_along_step<std::int64_t>(context);
}
std::unique_ptr<dispatch::Step> prepare_scatter_along(PrepareContext& context) {
  const bool narrow = context.node.in(1).dtype == DType::int32;
  return narrow ? scatter_along_step<std::int32_t>(context) : scatter_along_step<std::int64_t>(context);
}

std::unique_ptr<dispatch::Step> prepare(PrepareContext& context) {
  if (context.node.in(1).dtype == DType::int32) return std::make_unique<GatherStep<std::int32_t>>(context);
  return std::make_unique<GatherStep<std::int64_t>>(context);
}

constexpr dispatch::KernelDef gather[] = {{"runs", refuses, prepare}},
                              gather_along[] = {{"elements", refuses_along, prepare_gather_along}},
                              scatter_along[] = {{"elements", refuses_along, prepare_scatter_along}};
constexpr dispatch::KernelRow list[] = {
    {"gather", gather}, {"gather_along", gather_along}, {"scatter_add_along", scatter_along}};

}  // namespace
extern const dispatch::KernelList kernels_gather_cpu{list};
}  // namespace keratin
