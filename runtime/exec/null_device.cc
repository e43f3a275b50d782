#include "runtime/exec/null_device.h"

#include "runtime/exec/pointers.h"

namespace keratin::exec {
namespace {

// Addresses that nobody reads: one page for all that a caller would bring.
constexpr std::uintptr_t arena_address = 1 << 20;
constexpr std::uintptr_t other_address = 1 << 16;

std::vector<void*> addresses(std::size_t count) {
  return std::vector<void*>(count, reinterpret_cast<void*>(other_address));
}

}  // namespace

std::vector<std::string> record(const Executable& executable) {
  std::vector<void*> inputs = addresses(executable.graph.inputs.size()),
                     outputs = addresses(executable.graph.outputs.size()),
                     updates = addresses(executable.graph.updates.size()),
                     variables = addresses(executable.graph.variables.size()),
                     prepared = addresses(executable.prepared.size());
  Bindings bindings;
  bindings.inputs = inputs.data();
  bindings.outputs = outputs.data();
  bindings.updates = updates.data();
  bindings.variables = variables.data();
  bindings.prepared = prepared.data();
  bindings.arena = reinterpret_cast<std::byte*>(arena_address);
  device::NullStream stream;
  Team team(1);
  for (const auto* steps : {&executable.preparation, &executable.steps})
    for (const PlannedStep& step : *steps) {
      std::vector<void*> in, out, packed(step.packed_count);
      for (const Slot& slot : step.in) in.push_back(resolve(executable, slot, bindings));
      for (const Slot& slot : step.out) out.push_back(resolve(executable, slot, bindings));
      step.step->run({in.data(), out.data(), bindings.arena + step.scratch, packed.data(), &team, &stream});
    }
  return std::move(stream.record);
}

}  // namespace keratin::exec
