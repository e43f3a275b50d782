#include "runtime/exec/pointers.h"

#include <cstring>

#include "runtime/core/error.h"

namespace keratin::exec {
namespace {

bool from_caller(const Slot& slot) {
  return slot.kind == Slot::Kind::input || slot.kind == Slot::Kind::output || slot.kind == Slot::Kind::update;
}

std::size_t bytes_of(const ir::Type& type) {
  return static_cast<std::size_t>(ir::product(type.shape).value()) * size_of(type.dtype);
}

}  // namespace

void* resolve(const Executable& executable, const Slot& slot, const Bindings& bindings) {
  auto at = [&](auto* table) {
    return table ? const_cast<void*>(static_cast<const void*>(table[slot.index])) : nullptr;
  };
  switch (slot.kind) {
    case Slot::Kind::input:
      return at(bindings.inputs);
    case Slot::Kind::output:
      return at(bindings.outputs);
    case Slot::Kind::update:
      return at(bindings.updates);
    case Slot::Kind::variable:
      return at(bindings.variables);
    case Slot::Kind::prepared:
      return at(bindings.prepared);
    case Slot::Kind::constant:
      return const_cast<void*>(executable.constants[slot.index].raw());
    case Slot::Kind::arena:
      return bindings.arena + slot.index;
  }
  return nullptr;
}

PointerLayout::PointerLayout(const Executable& executable) {
  for (const PlannedStep& step : executable.steps) {
    for (const std::vector<Slot>* slots : {&step.in, &step.out})
      for (const Slot& slot : *slots) {
        if (from_caller(slot)) caller_.push_back({count_, slot});
        ++count_;
      }
    count_ += 1 + step.packed_count;
  }
}

void PointerLayout::bind(const Executable& executable, const Bindings& bindings, void** pointers) const {
  for (const PlannedStep& step : executable.steps) {
    for (const Slot& slot : step.in) *pointers++ = resolve(executable, slot, bindings);
    for (const Slot& slot : step.out) *pointers++ = resolve(executable, slot, bindings);
    *pointers++ = bindings.arena + step.scratch;
    for (std::size_t i = 0; i < step.packed_count; ++i)
      *pointers++ = bindings.packed ? const_cast<void*>(bindings.packed[step.first_packed + i]) : nullptr;
  }
}

void PointerLayout::bind_caller(const Bindings& bindings, void** pointers) const {
  for (const Patch& patch : caller_) {
    if (patch.slot.kind == Slot::Kind::input)
      pointers[patch.at] = const_cast<void*>(bindings.inputs[patch.slot.index]);
    else if (patch.slot.kind == Slot::Kind::output)
      pointers[patch.at] = bindings.outputs[patch.slot.index];
    else
      pointers[patch.at] = bindings.updates[patch.slot.index];
  }
}

void run_steps(const Executable&, const std::vector<PlannedStep>& steps, void** pointers, Team* team,
               device::Stream* stream) {
  each_step(steps, pointers, team, stream,
            [](const PlannedStep& step, const dispatch::Args& arguments) { step.step->run(arguments); });
}

void copy_results(const Executable& executable, const Bindings& bindings) {
  const ir::Graph& graph = executable.graph;
  for (std::size_t i = 0; i < graph.outputs.size(); ++i)
    if (executable.output_is_copied[i]) {
      const std::size_t bytes = bytes_of(graph.outputs[i].value.type());
      if (bytes)
        std::memcpy(bindings.outputs[i], resolve(executable, executable.copied_outputs[i], bindings), bytes);
    }
  for (std::size_t i = 0; i < graph.updates.size(); ++i)
    if (executable.update_is_copied[i]) {
      const std::size_t bytes = bytes_of(graph.updates[i].value.type());
      if (bytes)
        std::memcpy(bindings.updates[i], resolve(executable, executable.copied_updates[i], bindings), bytes);
    }
}

}  // namespace keratin::exec
