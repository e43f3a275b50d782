#include "runtime/exec/region.h"

#include "runtime/exec/context.h"

namespace keratin::exec {
namespace {

// Pointers are laid out in the scratch memory of the kernel that runs the region: [pointers][arena].
class CompiledRegion final : public dispatch::Region {
 public:
  explicit CompiledRegion(std::shared_ptr<const Executable> executable)
      : executable_(std::move(executable)),
        layout_(*executable_),
        constants_(executable_, std::make_shared<const Snapshot>()) {}

  std::size_t scratch_bytes() const override {
    return layout_.pointer_bytes() + executable_->arena_bytes + 64;
  }

  void run(const void* const* in, void* const* out, const dispatch::Args& outer,
           void* scratch) const override {
    auto** pointers = static_cast<void**>(scratch);
    auto address = reinterpret_cast<std::uintptr_t>(scratch) + layout_.pointer_bytes();
    auto* arena = reinterpret_cast<std::byte*>((address + 63) / 64 * 64);
    Bindings bindings = constants_.bound().bindings;
    bindings.inputs = in;
    bindings.outputs = out;
    bindings.arena = arena;
    layout_.bind(*executable_, bindings, pointers);
    run_steps(*executable_, executable_->steps, pointers, outer.team, outer.stream);
    copy_results(*executable_, bindings);
  }

 private:
  std::shared_ptr<const Executable> executable_;
  PointerLayout layout_;
  Prepared constants_;  // what depends on constants alone; a region has no variables
};

}  // namespace

std::unique_ptr<dispatch::Region> compile_region(const ir::Graph& graph, const CompileOptions& options,
                                                 const ThreadRunner** runner) {
  std::shared_ptr<const Executable> executable = compile(graph, options);
  if (runner && executable->runner) *runner = executable->runner;
  return std::make_unique<CompiledRegion>(std::move(executable));
}

}  // namespace keratin::exec
