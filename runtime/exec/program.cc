#include "runtime/exec/program.h"

#include "runtime/core/error.h"
#include "runtime/core/log.h"
#include "runtime/core/shape.h"
#include "runtime/ir/rewrite.h"

namespace keratin::exec {
namespace {

constexpr std::size_t most_entries = 16;

std::string printed(const ir::Type& type) {
  std::string text = "(";
  for (std::size_t i = 0; i < type.rank(); ++i)
    text += (i ? ", " : "") + (type.shape[i].is_constant() ? type.shape[i].to_string() : "None");
  return text + (type.rank() == 1 ? ",)" : ")");
}

}  // namespace

SnapshotPtr Program::snapshot(bool kept_only) const {
  std::vector<bool> leave(variables_.size());
  for (const ir::Update& update : graph_.updates) leave[update.variable] = kept_only;
  auto lent = std::make_shared<LentValues>();
  std::vector<Tensor> tensors;
  std::vector<std::uint64_t> versions;
  std::vector<std::function<void()>> forgetters;
  bool any = false;
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    const VariablePtr& variable = variables_[i];
    versions.push_back(variable->version());
    forgetters.push_back(leave[i] ? nullptr : variable->forgetter());
    bool borrowed = false;
    tensors.push_back(leave[i] ? Tensor() : variable->lend(borrowed));
    any |= borrowed;
  }
  if (!any) return std::make_shared<const Snapshot>(Snapshot{std::move(tensors), nullptr});
  lent->tensors = std::make_shared<const std::vector<Tensor>>(std::move(tensors));
  // A variable that was written since keeps its new value; the snapshot copies what it borrowed.
  lent->own = [variables = variables_, versions, tensors = lent->tensors](std::size_t i) {
    return (*tensors)[i].raw() ? variables[i]->settled(versions[i], (*tensors)[i]) : Tensor();
  };
  lent->forget = [forgetters = std::move(forgetters)](std::size_t i) {
    if (forgetters[i]) forgetters[i]();
  };
  return std::make_shared<const Snapshot>(Snapshot{{}, std::move(lent)});
}

ir::Symbols Program::bind(std::span<const Shape> shapes) const {
  check(shapes.size() == graph_.inputs.size(), ErrorCode::data_mismatch, shapes.size(),
        " inputs given, the model takes ", graph_.inputs.size());
  ir::Symbols symbols;
  auto name = [&](std::size_t i) { return graph_.inputs[i].node->get<std::string>("name"); };
  auto mismatch = [&](std::size_t i) {
    fail(ErrorCode::data_mismatch, "input \"", name(i), "\": shape ", to_string(shapes[i]),
         ", the model takes ", printed(graph_.inputs[i].type()));
  };
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const ir::Dims& dims = graph_.inputs[i].shape();
    if (dims.size() != shapes[i].size()) mismatch(i);
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
      if (dims[axis].is_constant()) {
        if (dims[axis].value() != shapes[i][axis]) mismatch(i);
        continue;
      }
      auto [found, added] = symbols.emplace(dims[axis].to_string(), shapes[i][axis]);
      check(added || found->second == shapes[i][axis], ErrorCode::data_mismatch, "input \"", name(i),
            "\": dimension ", axis, " is ", shapes[i][axis], ", another input has ", found->second, " there");
    }
  }
  return symbols;
}

std::vector<ir::Type> Program::output_types(const ir::Symbols& dims) const {
  std::vector<ir::Type> types;
  for (const ir::Output& output : graph_.outputs) {
    ir::Type type = output.value.type();
    for (ir::Dim& dim : type.shape) dim = dim.substitute(dims);
    types.push_back(std::move(type));
  }
  return types;
}

std::shared_ptr<Prepared> Program::prepare(const ir::Symbols& dims, const SnapshotPtr& snapshot) {
  std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->dims != dims) continue;
    entries_.splice(entries_.begin(), entries_, entry);
    if (!entry->prepared || entry->prepared->snapshot() != snapshot)
      entry->prepared = std::make_shared<Prepared>(entry->executable, snapshot);
    return entry->prepared;
  }
  auto executable = compile(ir::specialise(graph_, dims), options_);
  if (logs(Topic::exec)) log(Topic::exec, options_.name, ": compiled\n", executable->to_string());
  entries_.push_front({dims, executable, std::make_shared<Prepared>(executable, snapshot)});
  if (entries_.size() > most_entries) {
    log(Topic::exec, options_.name, ": more than ", most_entries,
        " input shapes in use; the least used executable is dropped");
    entries_.pop_back();
  }
  return entries_.front().prepared;
}

}  // namespace keratin::exec
