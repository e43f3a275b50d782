// Turns slots into pointers, once per binding, so that running is a loop over steps.
#pragma once

#include "runtime/exec/executable.h"

namespace keratin::exec {

// The memory that slots refer to. Null members are left as they are by bind.
struct Bindings {
  const void* const* inputs = nullptr;
  void* const* outputs = nullptr;
  void* const* updates = nullptr;
  const void* const* variables = nullptr;
  void* const* prepared = nullptr;
  const void* const* packed = nullptr;
  std::byte* arena = nullptr;
};

void* resolve(const Executable& executable, const Slot& slot, const Bindings& bindings);

// Per step, in order: inputs, outputs, scratch, packed.
class PointerLayout {
 public:
  PointerLayout() = default;
  explicit PointerLayout(const Executable& executable);
  std::size_t pointer_bytes() const { return count_ * sizeof(void*); }
  std::size_t count() const { return count_; }
  void bind(const Executable& executable, const Bindings& bindings, void** pointers) const;
  // Only what refers to inputs, outputs and updates.
  void bind_caller(const Bindings& bindings, void** pointers) const;

 private:
  struct Patch {
    std::size_t at;
    Slot slot;
  };
  std::vector<Patch> caller_;
  std::size_t count_ = 0;
};

// Calls fn(step, its arguments) for every step in order. pointers: as PointerLayout binds them.
template <class Fn>
void each_step(const std::vector<PlannedStep>& steps, void** pointers, Team* team, device::Stream* stream,
               Fn&& fn) {
  for (const PlannedStep& step : steps) {
    void** in = pointers;
    void** out = in + step.in.size();
    void** scratch = out + step.out.size();
    fn(step, dispatch::Args{in, out, *scratch, scratch + 1, team, stream});
    pointers = scratch + 1 + step.packed_count;
  }
}
void run_steps(const Executable& executable, const std::vector<PlannedStep>& steps, void** pointers,
               Team* team, device::Stream* stream);
// Outputs and updates that no step writes in place.
void copy_results(const Executable& executable, const Bindings& bindings);

}  // namespace keratin::exec
