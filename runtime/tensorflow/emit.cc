#include "runtime/tensorflow/emit.h"

#include <set>
#include <unordered_map>

#include "runtime/core/error.h"
#include "runtime/ir/op.h"
#include "runtime/ir/rewrite.h"
#include "runtime/tensorflow/body_emitter.h"
#include "runtime/tensorflow/emit_row.h"

namespace keratin::tensorflow {

using namespace serialization;

namespace {

constexpr int most_decompositions = 16;  // composites of composites
constexpr int producer = 1645;           // TensorFlow 2.15
constexpr int min_consumer = 12;

bool is_source(const ir::Node& node) { return ir::is(node, "input") || ir::is(node, "variable"); }

ir::Graph primitives(const ir::Graph& from) {
  ir::Graph graph = ir::without_dead_code(from);
  for (int i = 0; i < most_decompositions; ++i) {
    bool again = false;
    graph =
        ir::rewrite(graph, [&](ir::Graph& to, const ir::Node& node, const ir::Values& inputs) -> ir::Values {
          if (is_source(node) || find_emit_row(node.op->name) || !node.op->decompose) return {};
          again = true;
          return node.op->decompose(to, node, inputs);
        });
    if (!again) break;
  }
  std::set<std::string> missing;
  for (const auto& node : graph.nodes)
    if (!is_source(*node) && !find_emit_row(node->op->name)) missing.insert(node->op->name);
  std::string list;
  for (const std::string& op : missing) list += (list.empty() ? "" : ", ") + op;
  check(missing.empty(), ErrorCode::unsupported, "these ops can't be written as TensorFlow nodes: ", list);
  return graph;
}

class FunctionEmitter {
 public:
  FunctionEmitter(const ir::Graph& graph, TfFunction& function)
      : graph_(graph), function_(function), body_(function) {}

  void emit() {
    for (const ir::Value& input : graph_.inputs)
      refer(*input.node, {body_.argument(input.node->get<std::string>("name"), input.type())});
    for (const ir::VariableInfo& variable : graph_.variables)
      handles_.push_back(body_.resource(variable.name));
    for (const auto& node : graph_.nodes) emit_node(*node);
    for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
      const ir::Value value = graph_.outputs[i].value;
      const std::string name = cat("output_", i);
      function_.outputs.push_back({name, tf_type_of(value.dtype()), {}});
      function_.returns[name] = body_.add("Identity", {reference(value)}, {{"T", type_attr(value.dtype())}});
    }
    for (const ir::Update& update : graph_.updates) emit_update(update);
  }

 private:
  void refer(const ir::Node& node, std::vector<std::string> references) {
    references_[&node] = std::move(references);
  }
  const std::string& reference(ir::Value value) const { return references_.at(value.node).at(value.result); }

  void emit_node(const ir::Node& node) {
    if (ir::is(node, "input")) return;
    if (ir::is(node, "variable")) {
      const auto index = static_cast<std::size_t>(node.get<std::int64_t>("index"));
      const std::string value =
          body_.add("ReadVariableOp", {handles_.at(index)}, {{"dtype", type_attr(node.results[0].dtype)}});
      reads_.push_back("^" + value.substr(0, value.find(':')));
      function_.stateful = true;
      return refer(node, {value});
    }
    std::vector<std::string> inputs;
    for (const ir::Value& value : node.inputs) inputs.push_back(reference(value));
    const EmitRow& row = *find_emit_row(node.op->name);
    refer(node, row.emit({body_, node, row, std::move(inputs)}));
  }

  // After every read: our graph's values are those before the run.
  void emit_update(const ir::Update& update) {
    std::vector<std::string> inputs = {handles_.at(update.variable), reference(update.value)};
    inputs.insert(inputs.end(), reads_.begin(), reads_.end());
    const std::string node =
        body_.add("AssignVariableOp", std::move(inputs), {{"dtype", type_attr(update.value.dtype())}});
    function_.control_returns[node.substr(1)] = node.substr(1);
    function_.stateful = true;
  }

  const ir::Graph& graph_;
  TfFunction& function_;
  BodyEmitter body_;
  std::vector<std::string> handles_, reads_;
  std::unordered_map<const ir::Node*, std::vector<std::string>> references_;
};

TfShape shape_of(const ir::Dims& dims) {
  TfShape shape;
  for (const ir::Dim& dim : dims) shape.dims.push_back(dim.is_constant() ? dim.value() : -1);
  return shape;
}

// Placeholders and variable handles, one call of the function, an Identity per result.
void emit_main(const ir::Graph& graph, const TfFunction& function, EmittedFunction& emitted) {
  Names names;
  TfNode call{names.node(function.stateful ? "StatefulPartitionedCall" : "PartitionedCall"), "", {}, "", {}};
  call.op = function.stateful ? "StatefulPartitionedCall" : "PartitionedCall";
  TfList in, out;
  std::vector<TfNode>& nodes = emitted.graph.nodes;
  for (const ir::Value& input : graph.inputs) {
    const std::string key = input.node->get<std::string>("name");
    const TfType type = tf_type_of(input.dtype());
    const TfShape shape = shape_of(input.shape());
    nodes.push_back({names.node(key), "Placeholder", {}, "", {{"dtype", {type}}, {"shape", {shape}}}});
    const bool fresh =
        emitted.signature.inputs.emplace(key, TfTensorInfo{nodes.back().name + ":0", type, shape}).second;
    check(fresh, ErrorCode::unsupported, "two inputs are called \"", key, "\"; a signature needs them apart");
    call.inputs.push_back(nodes.back().name);
    in.types.push_back(type);
  }
  for (const ir::VariableInfo& variable : graph.variables) {
    nodes.push_back({names.node(variable.name),
                     "VarHandleOp",
                     {},
                     "",
                     {{"dtype", type_attr(variable.type.dtype)},
                      {"shape", {shape_of(variable.type.shape)}},
                      {"shared_name", {variable.name}}}});
    emitted.variables.emplace(variable.name, nodes.back().name);
    call.inputs.push_back(nodes.back().name);
    in.types.push_back(TfType::resource);
  }
  for (const TfArgument& output : function.outputs) out.types.push_back(output.type);
  call.attrs = {{"Tin", {in}}, {"Tout", {out}}, {"f", {TfFunctionName{function.name, {}}}}};
  nodes.push_back(call);
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const ir::Output& output = graph.outputs[i];
    const TfType type = tf_type_of(output.value.dtype());
    nodes.push_back({names.node(output.name), "Identity", {cat(call.name, ":", i)}, "", {{"T", {type}}}});
    const TfTensorInfo info{nodes.back().name + ":0", type, shape_of(output.value.shape())};
    check(emitted.signature.outputs.emplace(output.name, info).second, ErrorCode::unsupported,
          "two results are called \"", output.name, "\"; a signature needs them apart");
  }
}

}  // namespace

const EmitRow* find_emit_row(std::string_view op) {
  static const auto table = [] {
    std::unordered_map<std::string_view, const EmitRow*> rows;
    for (const EmitFamily* family : registry_tf_emit())
      for (const EmitRow& row : family->rows)
        assume(rows.emplace(row.op, &row).second, "two rows write the same op");
    return rows;
  }();
  const auto found = table.find(op);
  return found == table.end() ? nullptr : found->second;
}

EmittedFunction emit_function(const ir::Graph& from, const std::string& name) {
  const ir::Graph graph = primitives(from);
  TfFunction function;
  function.name = name;
  FunctionEmitter(graph, function).emit();
  EmittedFunction emitted;
  emitted.graph.producer = producer;
  emitted.graph.min_consumer = min_consumer;
  emitted.signature.method_name = "tensorflow/serving/predict";
  emit_main(graph, function, emitted);
  emitted.graph.functions.emplace(name, std::move(function));
  return emitted;
}

}  // namespace keratin::tensorflow
