// gather on the CPU: whole runs of elements are copied, as embeddings are looked up.
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

template <class Index>
class GatherStep final : public dispatch::Step {
 public:
  explicit GatherStep(const PrepareContext& context) : label_(context.node.label) {
    const auto axis = static_cast<std::size_t>(context.node.get<std::int64_t>("axis"));
    const std::vector<std::int64_t> shape = context.in_shape(0);
    run_ = static_cast<std::int64_t>(size_of(context.node.in(0).dtype));
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (i < axis) before_ *= shape[i];
      if (i == axis) length_ = shape[i];
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
            const std::int64_t from = i / count_ * length_ + checked(indices[i % count_]);
            if (run_) std::memcpy(out + i * run_, x + from * run_, static_cast<std::size_t>(run_));
          }
        });
  }

 private:
  // Negative indices count from the end.
  std::int64_t checked(std::int64_t index) const {
    if (index < -length_ || index >= length_) [[unlikely]]
      fail(ErrorCode::invalid_argument, "[gather] index ", index, " is outside of an axis of ", length_,
           label_.empty() ? "" : cat(" (layer \"", label_, "\")"));
    return index < 0 ? index + length_ : index;
  }

  std::int64_t before_ = 1, length_ = 1, run_ = 1, count_ = 1;  // run_ in bytes
  std::string label_;
};

std::unique_ptr<dispatch::Step> prepare(PrepareContext& context) {
  if (context.node.in(1).dtype == DType::int32) return std::make_unique<GatherStep<std::int32_t>>(context);
  return std::make_unique<GatherStep<std::int64_t>>(context);
}

constexpr dispatch::KernelDef gather[] = {{"runs", refuses, prepare}};
constexpr dispatch::KernelRow list[] = {{"gather", gather}};

}  // namespace
extern const dispatch::KernelList kernels_gather_cpu{list};
}  // namespace keratin
