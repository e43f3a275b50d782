#include <algorithm>
#include <fstream>
#include <numeric>

#include "runtime/core/env.h"
#include "runtime/core/error.h"
#include "runtime/core/log.h"
#include "runtime/exec/region.h"
#include "runtime/exec/select.h"
#include "runtime/ir/evaluate.h"
#include "runtime/ir/print.h"
#include "runtime/passes/pass.h"

namespace keratin::exec {
namespace {

std::size_t bytes_of(const ir::Type& type) {
  return static_cast<std::size_t>(ir::product(type.shape).value()) * size_of(type.dtype);
}

// The op's reference as a step. Shapes are kept beside the node, pointers come with each run.
class ReferenceStep final : public dispatch::Step {
 public:
  explicit ReferenceStep(const ir::Node& node) : node_(node) {
    for (const ir::Value& value : node.inputs) in_.push_back({value.dtype(), ir::to_shape(value.shape())});
    for (const ir::Type& type : node.results) out_.push_back({type.dtype, ir::to_shape(type.shape)});
  }
  void run(const dispatch::Args& args) const override {
    std::vector<ir::HostView> in, out;
    for (std::size_t i = 0; i < in_.size(); ++i)
      in.push_back({in_[i].dtype, in_[i].shape, const_cast<void*>(args.in[i])});
    for (std::size_t i = 0; i < out_.size(); ++i) out.push_back({out_[i].dtype, out_[i].shape, args.out[i]});
    ir::evaluate_node(node_, in, out);
  }

 private:
  struct Described {
    DType dtype;
    Shape shape;
  };
  const ir::Node& node_;
  std::vector<Described> in_, out_;
};

// Builds the executable: slots for every value, steps in order, one arena.
class Compiler {
 public:
  Compiler(Selected selected, const CompileOptions& options) : kernels_(std::move(selected.kernels)) {
    executable_ = std::make_shared<Executable>();
    executable_->graph = std::move(selected.graph);
    executable_->options = options;
    parameter_ = parameter_nodes(graph());
    slots_.resize(graph().nodes.size());
  }

  std::shared_ptr<const Executable> run() {
    for (const auto& node : graph().nodes) place(*node);
    place_results();
    for (const auto& node : graph().nodes)
      if (has_step(*node)) add_step(*node);
    for (std::size_t i = 0; i < graph().updates.size(); ++i)
      executable_->update_in_place.push_back(fits_in_place(i));
    plan_arena();
    log(Topic::memory, executable_->options.name, ": arena ", executable_->arena_bytes, " bytes, ",
        executable_->steps.size(), " steps");
    return executable_;
  }

 private:
  const ir::Graph& graph() const { return executable_->graph; }
  static bool has_step(const ir::Node& node) { return !is_source(node) && !is_view(node); }

  // Whether step works element by element and all that it reads of this slot has its result's shape: then
  // each element is read before it is overwritten.
  static bool may_overwrite(const PlannedStep& step, const Slot& slot) {
    const ir::Node& node = *step.node;
    if (!node.op->elementwise && !ir::is(node, "fused_elementwise")) return false;
    for (std::size_t i = 0; i < step.in.size(); ++i)
      if (step.in[i].kind == slot.kind && step.in[i].index == slot.index && !(node.in(i) == node.results[0]))
        return false;
    return true;
  }

  // Arena slots hold a number in values_ until the plan gives offsets.
  void place(const ir::Node& node) {
    std::vector<Slot>& slots = slots_[node.id];
    if (ir::is(node, "input")) {
      const auto at =
          std::find(graph().inputs.begin(), graph().inputs.end(), ir::Value{const_cast<ir::Node*>(&node), 0});
      slots = {{Slot::Kind::input, static_cast<std::size_t>(at - graph().inputs.begin())}};
    } else if (ir::is(node, "variable")) {
      slots = {{Slot::Kind::variable, static_cast<std::size_t>(node.get<std::int64_t>("index"))}};
    } else if (ir::is(node, "constant")) {
      executable_->constants.push_back(node.get<Tensor>("value"));
      slots = {{Slot::Kind::constant, executable_->constants.size() - 1}};
    } else if (is_view(node)) {
      slots = {slot(node.inputs[0])};
    } else {
      for (const ir::Type& type : node.results) {
        if (parameter_[node.id]) {
          executable_->prepared.push_back(type);
          slots.push_back({Slot::Kind::prepared, executable_->prepared.size() - 1});
        } else {
          values_.push_back({bytes_of(type), 0, 0});
          slots.push_back({Slot::Kind::arena, values_.size() - 1});
        }
      }
    }
  }

  const Slot& slot(const ir::Value& value) const { return slots_[value.node->id][value.result]; }

  // An output that a step makes is written where the caller wants it; others are copied at the end.
  void place_results() {
    auto place_result = [&](const ir::Value& value, Slot target, std::vector<Slot>& copied,
                            std::vector<bool>& is_copied) {
      const Slot found = slot(value);
      const bool direct = found.kind == Slot::Kind::arena;
      if (direct) {
        for (auto& slots : slots_)
          for (Slot& other : slots)
            if (other.kind == Slot::Kind::arena && other.index == found.index) other = target;
        values_[found.index].bytes = 0;
      }
      copied.push_back(found);
      is_copied.push_back(!direct);
    };
    for (std::size_t i = 0; i < graph().outputs.size(); ++i)
      place_result(graph().outputs[i].value, {Slot::Kind::output, i}, executable_->copied_outputs,
                   executable_->output_is_copied);
    for (std::size_t i = 0; i < graph().updates.size(); ++i)
      place_result(graph().updates[i].value, {Slot::Kind::update, i}, executable_->copied_updates,
                   executable_->update_is_copied);
  }

  void add_step(const ir::Node& node) {
    PlannedStep planned;
    planned.node = &node;
    for (const ir::Value& value : node.inputs) planned.in.push_back(slot(value));
    for (std::uint32_t i = 0; i < node.results.size(); ++i) planned.out.push_back(slots_[node.id][i]);
    const bool once = parameter_[node.id];
    dispatch::PrepareContext context = prepare_context(node, parameter_, executable_->options);
    context.compile_region = [&](const ir::Graph& region) {
      return compile_region(region, executable_->options, &context.runner);
    };
    const dispatch::KernelDef* kernel = kernels_[node.id];
    planned.kernel = kernel ? kernel->name : "evaluate";
    planned.step = kernel ? kernel->prepare(context) : std::make_unique<ReferenceStep>(node);
    if (context.runner) executable_->runner = context.runner;
    std::vector<PlannedStep>& steps = once ? executable_->preparation : executable_->steps;
    planned.packed_count = context.packings.size();
    if (once) {  // packed once, used once: the kernel reads the raw input
      executable_->preparation_scratch = std::max(executable_->preparation_scratch, context.scratch_bytes);
    } else {
      planned.first_packed = executable_->packings.size();
      for (dispatch::Packing& packing : context.packings)
        executable_->packings.push_back({planned.in[packing.input], packing.bytes, std::move(packing.pack)});
      const std::size_t now = steps.size();
      use(planned.in, now);
      use(planned.out, now);
      values_.push_back({context.scratch_bytes, now, now});
      planned.scratch = values_.size() - 1;
    }
    steps.push_back(std::move(planned));
  }

  bool fits_in_place(std::size_t update) const {
    if (executable_->update_is_copied[update]) return false;
    const std::size_t variable = graph().updates[update].variable;
    auto is_variable = [&](const Slot& slot) {
      return slot.kind == Slot::Kind::variable && slot.index == variable;
    };
    auto reads = [&](const std::vector<Slot>& slots) {
      return std::any_of(slots.begin(), slots.end(), is_variable);
    };
    if (reads(executable_->copied_outputs) || reads(executable_->copied_updates)) return false;
    for (auto step = executable_->steps.rbegin(); step != executable_->steps.rend(); ++step) {
      const ir::Node& node = *step->node;
      if (!node.op->elementwise && !ir::is(node, "fused_elementwise")) return false;
      const bool makes = std::any_of(step->out.begin(), step->out.end(), [&](const Slot& slot) {
        return slot.kind == Slot::Kind::update && slot.index == update;
      });
      if (makes) return may_overwrite(*step, {Slot::Kind::variable, variable});
      if (reads(step->in)) return false;
    }
    return false;
  }

  void use(const std::vector<Slot>& slots, std::size_t now) {
    for (const Slot& slot : slots)
      if (slot.kind == Slot::Kind::arena) {
        if (!seen(slot.index)) values_[slot.index].first = now;
        values_[slot.index].last = now;
      }
  }
  bool seen(std::size_t value) {
    if (seen_.size() <= value) seen_.resize(value + 1);
    return std::exchange(seen_[value], 1);
  }

  // A result takes the place of an operand that nothing reads later.
  void reuse_operands() {
    place_of_.resize(values_.size());
    std::iota(place_of_.begin(), place_of_.end(), 0);
    for (std::size_t now = 0; now < executable_->steps.size(); ++now) {
      const PlannedStep& step = executable_->steps[now];
      if (step.out.size() != 1 || step.out[0].kind != Slot::Kind::arena) continue;
      const std::size_t result = step.out[0].index;
      for (const Slot& slot : step.in) {
        if (slot.kind != Slot::Kind::arena || !may_overwrite(step, slot)) continue;
        const std::size_t place = place_of_[slot.index];
        if (values_[place].last != now || values_[place].bytes != values_[result].bytes) continue;
        values_[place].last = values_[result].last;
        values_[result].bytes = 0;
        place_of_[result] = place;
        break;
      }
    }
  }

  void plan_arena() {
    reuse_operands();
    executable_->arena_bytes = plan_memory(values_);
    auto resolve = [&](Slot& slot) {
      if (slot.kind == Slot::Kind::arena) slot.index = values_[place_of_[slot.index]].offset;
    };
    for (PlannedStep& step : executable_->steps) {
      for (Slot& slot : step.in) resolve(slot);
      for (Slot& slot : step.out) resolve(slot);
      step.scratch = values_[step.scratch].offset;
    }
    for (Slot& slot : executable_->copied_outputs) resolve(slot);
    for (Slot& slot : executable_->copied_updates) resolve(slot);
  }

  std::shared_ptr<Executable> executable_;
  std::vector<const dispatch::KernelDef*> kernels_;
  std::vector<bool> parameter_;
  std::vector<std::vector<Slot>> slots_;
  std::vector<Lifetime> values_;
  std::vector<std::size_t> place_of_;  // per value: the one in whose place it is made, or itself
  std::vector<char> seen_;
};

}  // namespace

std::shared_ptr<const Executable> compile(ir::Graph graph, const CompileOptions& options) {
  graph = passes::run_pipeline(std::move(graph), options.name);
  auto executable = Compiler(select_kernels(std::move(graph), options), options).run();
  if (const std::string folder = env::get("KERATIN_DUMP"); !folder.empty()) {
    const std::string path = cat(folder, "/", options.name, ".executable.txt");
    std::ofstream file(path);
    file << executable->to_string();
    check(bool(file), ErrorCode::io, "KERATIN_DUMP: ", path, " can't be written");
  }
  return executable;
}

std::string Executable::to_string() const {
  std::string text;
  auto print_steps = [&](const char* title, const std::vector<PlannedStep>& list) {
    text += std::string(title) + "\n";
    for (const PlannedStep& step : list) text += cat("  ", step.kernel, ": ", ir::print(*step.node), "\n");
  };
  print_steps("preparation", preparation);
  print_steps("steps", steps);
  return text + cat("arena ", arena_bytes, "\n");
}

}  // namespace keratin::exec
