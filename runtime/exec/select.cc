#include "runtime/exec/select.h"

#include <set>

#include "runtime/core/env.h"
#include "runtime/core/log.h"
#include "runtime/ir/op.h"
#include "runtime/ir/print.h"
#include "runtime/ir/rewrite.h"

namespace keratin::exec {

bool is_source(const ir::Node& node) {
  return ir::is(node, "input") || ir::is(node, "variable") || ir::is(node, "constant");
}
bool is_view(const ir::Node& node) { return ir::is(node, "reshape") || ir::is(node, "stop_gradient"); }

std::vector<bool> parameter_nodes(const ir::Graph& graph) {
  std::set<std::size_t> changed;
  for (const ir::Update& update : graph.updates) changed.insert(update.variable);
  std::vector<bool> parameter(graph.nodes.size());
  for (const auto& node : graph.nodes) {
    if (ir::is(*node, "input")) continue;
    if (ir::is(*node, "variable")) {
      parameter[node->id] = changed.count(static_cast<std::size_t>(node->get<std::int64_t>("index"))) == 0;
      continue;
    }
    bool all = true;
    for (const ir::Value& value : node->inputs) all &= parameter[value.node->id];
    parameter[node->id] = all;
  }
  return parameter;
}

dispatch::PrepareContext prepare_context(const ir::Node& node, const std::vector<bool>& parameter,
                                         const CompileOptions& options) {
  dispatch::PrepareContext context{node, options.threads, {}, {}, 0, {}};
  for (const ir::Value& value : node.inputs) context.parameter.push_back(parameter[value.node->id]);
  return context;
}

namespace {

// Printing a node is the dear part of these lines: only where they are read.
template <class... Parts>
void tell(const ir::Node& node, const Parts&... parts) {
  if (logs(Topic::dispatch)) [[unlikely]]
    log(Topic::dispatch, node.label, " ", ir::print(node), ": ", parts...);
}

const dispatch::KernelDef* choose(const ir::Node& node, const std::vector<bool>& parameter,
                                  const CompileOptions& options, const std::string& forced) {
  if (forced == "evaluate" && (node.op->evaluate || node.op->decompose)) return nullptr;
  const dispatch::PrepareContext context = prepare_context(node, parameter, options);
  const dispatch::KernelDef* best = nullptr;
  for (const dispatch::KernelDef* kernel : dispatch::candidates(options.device, node.op->name)) {
    const char* why = kernel->refuses(context);
    if (why) {
      tell(node, kernel->name, " refused: ", why);
    } else if (!best || forced == kernel->name) {
      best = kernel;
      if (forced.empty() || forced == kernel->name) break;
    }
  }
  if (best) tell(node, best->name);
  return best;
}

// A misspelt name would prefer nothing and say so to nobody.
std::string forced_kernel(dispatch::Device device) {
  const std::string forced = env::get("KERATIN_KERNEL");
  if (forced.empty() || forced == "evaluate") return forced;
  for (const ir::OpDef* op : ir::all_ops())
    for (const dispatch::KernelDef* kernel : dispatch::candidates(device, op->name))
      if (forced == kernel->name) return forced;
  fail(ErrorCode::io, "KERATIN_KERNEL: there is no kernel \"", forced, "\" for this device");
}

}  // namespace

Selected select_kernels(ir::Graph graph, const CompileOptions& options) {
  const std::string forced = forced_kernel(options.device);
  while (true) {
    const std::vector<bool> parameter = parameter_nodes(graph);
    std::vector<const dispatch::KernelDef*> kernels(graph.nodes.size());
    std::vector<char> expand(graph.nodes.size());
    std::set<std::string> missing;
    bool again = false;
    for (const auto& node : graph.nodes) {
      if (is_source(*node) || is_view(*node)) continue;
      kernels[node->id] = choose(*node, parameter, options, forced);
      if (kernels[node->id]) continue;
      if (node->op->decompose && !(forced == "evaluate" && node->op->evaluate)) {
        expand[node->id] = again = true;
      } else if (!node->op->evaluate || options.device != dispatch::Device::cpu) {
        missing.insert(node->op->name);
      } else {
        tell(*node, "evaluate");
      }
    }
    if (!missing.empty()) {
      std::string names;
      for (const std::string& name : missing) names += (names.empty() ? "" : ", ") + name;
      fail(ErrorCode::unsupported, "this device can't run: ", names);
    }
    if (!again) return {std::move(graph), std::move(kernels)};
    graph = ir::rewrite(graph, [&](ir::Graph& to, const ir::Node& node, const ir::Values& inputs) {
      if (!expand[node.id]) return ir::Values();
      return node.op->decompose(to, node, inputs);
    });
  }
}

}  // namespace keratin::exec
