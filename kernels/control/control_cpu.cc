// scan, while and cond run their regions compiled, in scratch memory that the plan gave them: a step
// allocates nothing. Carries alternate between two buffers, as a region never writes what it reads.
#include <cstring>

#include "kernels/control/control.h"
#include "runtime/core/align.h"
#include "runtime/dispatch/kernel.h"

namespace keratin::control {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;
using dispatch::Region;
using dispatch::Step;

std::size_t bytes_of(const ir::Type& type) {
  return static_cast<std::size_t>(ir::product(type.shape).value()) * size_of(type.dtype);
}

// Hands out parts of a scratch block, each on a cache line of its own.
class ScratchPlan {
 public:
  std::size_t add(std::size_t bytes) {
    const std::size_t at = total_;
    total_ += aligned(bytes);
    return at;
  }
  std::size_t total() const { return total_; }

 private:
  std::size_t total_ = 0;
};

template <class T>
T* part(const Args& args, std::size_t offset) {
  return reinterpret_cast<T*>(static_cast<std::byte*>(args.scratch) + offset);
}

struct CarryBuffers {
  std::size_t bytes;
  std::size_t buffer[2];  // scratch offsets
};

std::vector<CarryBuffers> plan_carries(ScratchPlan& plan, const ir::Node& node, std::size_t count) {
  std::vector<CarryBuffers> carries(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t bytes = bytes_of(node.in(i));
    carries[i] = {bytes, {plan.add(bytes), plan.add(bytes)}};
  }
  return carries;
}

void copy(void* to, const void* from, std::size_t bytes) {
  if (bytes) std::memcpy(to, from, bytes);
}

const char* never(const PrepareContext&) { return nullptr; }

class ScanStep final : public Step {
 public:
  explicit ScanStep(PrepareContext& context)
      : n_(context.node),
        length_(context.node.get<ir::Dims>("length")[0].value()),
        reverse_(context.node.get<bool>("reverse")),
        region_(context.compile_region(context.node.regions[0])) {
    const ir::Node& node = context.node;
    ScratchPlan plan;
    in_ = plan.add(node.inputs.size() * sizeof(void*));
    out_ = plan.add(node.results.size() * sizeof(void*));
    carries_ = plan_carries(plan, node, n_.carries);
    region_scratch_ = plan.add(region_->scratch_bytes());
    context.scratch_bytes = plan.total();
    for (std::size_t i = 0; i < n_.xs; ++i) x_bytes_.push_back(bytes_of(step_of(node.in(n_.carries + i))));
    for (std::size_t i = 0; i < n_.ys; ++i)
      y_bytes_.push_back(bytes_of(step_of(node.results[n_.carries + i])));
  }

  void run(const Args& args) const override {
    const void** in = part<const void*>(args, in_);
    void** out = part<void*>(args, out_);
    for (std::size_t i = 0; i < n_.carries; ++i) {
      in[i] = args.in[i];
      if (length_ == 0) copy(args.out[i], args.in[i], carries_[i].bytes);
    }
    for (std::size_t i = 0; i < n_.invariants; ++i)
      in[n_.first_invariant() + i] = args.in[n_.first_invariant() + i];
    for (std::int64_t i = 0; i < length_; ++i) {
      const auto step = static_cast<std::size_t>(reverse_ ? length_ - 1 - i : i);
      for (std::size_t k = 0; k < n_.xs; ++k)
        in[n_.carries + k] = args.input<std::byte>(n_.carries + k) + step * x_bytes_[k];
      for (std::size_t k = 0; k < n_.ys; ++k)
        out[n_.carries + k] = args.output<std::byte>(n_.carries + k) + step * y_bytes_[k];
      for (std::size_t k = 0; k < n_.carries; ++k)
        out[k] = i + 1 == length_ ? args.out[k] : part<void>(args, carries_[k].buffer[i % 2]);
      region_->run(in, out, args, part<void>(args, region_scratch_));
      for (std::size_t k = 0; k < n_.carries; ++k) in[k] = out[k];
    }
  }

 private:
  ScanCounts n_;
  std::int64_t length_;
  bool reverse_;
  std::unique_ptr<Region> region_;
  std::size_t in_, out_, region_scratch_;
  std::vector<CarryBuffers> carries_;
  std::vector<std::size_t> x_bytes_, y_bytes_;
};

class WhileStep final : public Step {
 public:
  explicit WhileStep(PrepareContext& context)
      : inputs_(context.node.inputs.size()),
        condition_(context.compile_region(context.node.regions[0])),
        body_(context.compile_region(context.node.regions[1])) {
    ScratchPlan plan;
    in_ = plan.add(inputs_ * sizeof(void*));
    out_ = plan.add(context.node.results.size() * sizeof(void*));
    more_ = plan.add(sizeof(bool));
    carries_ = plan_carries(plan, context.node, context.node.results.size());
    region_scratch_ = plan.add(std::max(condition_->scratch_bytes(), body_->scratch_bytes()));
    context.scratch_bytes = plan.total();
  }

  void run(const Args& args) const override {
    const void** in = part<const void*>(args, in_);
    void** out = part<void*>(args, out_);
    bool* more = part<bool>(args, more_);
    void* const test = more;
    void* scratch = part<void>(args, region_scratch_);
    std::copy(args.in, args.in + inputs_, in);
    for (std::size_t turn = 0;; turn ^= 1) {
      condition_->run(in, &test, args, scratch);
      if (!*more) break;
      for (std::size_t k = 0; k < carries_.size(); ++k) out[k] = part<void>(args, carries_[k].buffer[turn]);
      body_->run(in, out, args, scratch);
      for (std::size_t k = 0; k < carries_.size(); ++k) in[k] = out[k];
    }
    for (std::size_t k = 0; k < carries_.size(); ++k) copy(args.out[k], in[k], carries_[k].bytes);
  }

 private:
  std::size_t inputs_;
  std::unique_ptr<Region> condition_, body_;
  std::size_t in_, out_, more_, region_scratch_;
  std::vector<CarryBuffers> carries_;
};

std::unique_ptr<Step> prepare_scan(PrepareContext& context) { return std::make_unique<ScanStep>(context); }
std::unique_ptr<Step> prepare_while(PrepareContext& context) { return std::make_unique<WhileStep>(context); }

std::unique_ptr<Step> prepare_cond(PrepareContext& context) {
  std::shared_ptr<Region> yes = context.compile_region(context.node.regions[0]);
  std::shared_ptr<Region> no = context.compile_region(context.node.regions[1]);
  context.scratch_bytes = std::max(yes->scratch_bytes(), no->scratch_bytes());
  return dispatch::make_step([yes, no](const Args& args) {
    const Region& region = *args.input<bool>(0) ? *yes : *no;
    region.run(args.in + 1, args.out, args, args.scratch);
  });
}

constexpr dispatch::KernelDef scan_kernels[] = {{"region", never, prepare_scan}};
constexpr dispatch::KernelDef while_kernels[] = {{"region", never, prepare_while}};
constexpr dispatch::KernelDef cond_kernels[] = {{"region", never, prepare_cond}};
constexpr dispatch::KernelRow rows[] = {
    {"scan", scan_kernels}, {"while", while_kernels}, {"cond", cond_kernels}};

}  // namespace
}  // namespace keratin::control

namespace keratin {
extern const dispatch::KernelList kernels_control_cpu{control::rows};
}  // namespace keratin
