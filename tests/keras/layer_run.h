// One case of a layer on its way: made, lowered with fixed or symbolic dims, given weights, evaluated.
#pragma once

#include <sstream>

#include "golden.h"
#include "runtime/core/cast.h"
#include "runtime/exec/context.h"
#include "runtime/ir/evaluate.h"
#include "runtime/ir/rewrite.h"
#include "runtime/keras/lower.h"

namespace keratin::tests {

using namespace keras;

// Which dims of the inputs are symbols: none, the first ones, or all but the last.
enum class Symbolic { none, batch, most };

// "float32[2,4]", or null dtype for any other text.
inline std::optional<ir::Type> parse_spec(const Json& json) {
  if (!json.is_string() || json.as_string().find('[') == std::string::npos) return std::nullopt;
  const std::string& text = json.as_string();
  const std::size_t open = text.find('[');
  ir::Type type{parse_dtype(text.substr(0, open)), {}};
  std::istringstream dims(text.substr(open + 1));
  for (std::int64_t dim; dims >> dim; dims.ignore()) type.shape.push_back(dim);
  return type;
}

inline Json case_config(const LayerDef& def, std::size_t index) {
  return serialization::parse_json(def.cases[index].config, def.class_name);
}
inline Json object_form(const LayerDef& def, Json config) {
  Json object;
  object["class_name"] = def.class_name;
  object["config"] = std::move(config);
  return object;
}
// The case as tools/dump_cases prints it and as goldens hold it.
inline Json case_json(const LayerDef& def, std::size_t index) {
  const LayerCase& row = def.cases[index];
  Json json, inputs{Json::Array{}};
  std::istringstream specs(row.inputs);
  for (std::string spec; specs >> spec;) inputs.as_array().push_back(Json(spec));
  json["layer"] = def.class_name;
  json["index"] = static_cast<std::int64_t>(index);
  json["config"] = case_config(def, index);
  json["inputs"] = std::move(inputs);
  if (*row.arguments) json["call"] = serialization::parse_json(row.arguments, def.class_name);
  return json;
}

class LayerRun {
 public:
  // Lowers layer. Throws what the layer throws.
  LayerRun(LayerPtr layer, const Json& row, Symbolic symbolic)
      : layer_(std::move(layer)), lowering_(graph_, false), symbolic_(symbolic) {
    Call call;
    Argument::List inputs;
    for (const Json& spec : row.at("inputs").as_array())
      inputs.push_back({Traced{input(cat("x", inputs.size()), *parse_spec(spec)), {}}});
    if (inputs.size() == 1 || takes_separate_inputs())
      call.args = std::move(inputs);
    else
      call.args.push_back({std::move(inputs)});
    if (const Json* given = row.find("call"))
      for (const auto& [name, value] : given->as_object())
        call.kwargs.emplace_back(name, argument(name, value));
    const std::vector<Traced> results = call_layer(lowering_, *layer_, call);
    for (std::size_t i = 0; i < results.size(); ++i) graph_.output(cat("y", i), results[i].value);
    for (std::size_t i = 0; i < results.size(); ++i)
      if (results[i].mask) graph_.output(cat("y_mask", i), results[i].mask);
    has_mask_argument_ = row.find("call") && row.at("call").find("mask");
  }

  Layer& layer() { return *layer_; }
  const ir::Graph& graph() const { return graph_; }
  bool has_mask_argument() const { return has_mask_argument_; }
  // Keras' weights: seeds and states of stateful layers aren't among them.
  std::vector<VariablePtr> weights() const {
    std::vector<VariablePtr> found = layer_->variables();
    std::erase_if(found, [](const VariablePtr& v) {
      return v->kind == VariableKind::seed || v->kind == VariableKind::call_state;
    });
    return found;
  }

  void set_weights(const Golden& golden, std::size_t index) {
    const std::vector<VariablePtr> variables = weights();
    const Json meta = golden.meta(index);
    const Json::Array& paths = meta.at("weights").as_array();
    std::string names;
    for (const VariablePtr& variable : variables) names += " " + variable->name;
    check(variables.size() == paths.size(), ErrorCode::internal, "weights are", names, ", Keras has ",
          serialization::print_json(meta.at("weights")));
    for (std::size_t i = 0; i < variables.size(); ++i) {
      const std::string& path = paths[i].as_string();
      const std::string leaf = path.substr(path.rfind('/') + 1);
      check(leaf == variables[i]->name, ErrorCode::internal, "weights are", names, ", Keras has ",
            serialization::print_json(meta.at("weights")));
      variables[i]->assign(cast_tensor(golden.at(index, cat("w", i)), variables[i]->dtype()));
    }
  }

  // Outputs, then updates.
  std::vector<Tensor> evaluate(const Golden& golden, std::size_t index) const {
    return ir::evaluate_graph(ir::specialise(graph_, symbols_), input_values(golden, index), values());
  }
  std::vector<Tensor> execute(const Golden& golden, std::size_t index) const {
    auto executable = exec::compile(ir::specialise(graph_, symbols_), {.name = layer_->name});
    auto snapshot = std::make_shared<exec::Snapshot>(exec::Snapshot{values()});
    auto prepared = std::make_shared<exec::Prepared>(executable, snapshot);
    exec::Context context(prepared, std::make_shared<Team>(1));
    const std::vector<Tensor> given = input_values(golden, index);
    std::vector<const void*> in;
    for (const Tensor& tensor : given) in.push_back(tensor.raw());
    std::vector<Tensor> results;
    for (const ir::Output& output : executable->graph.outputs) results.push_back(room(output.value));
    for (const ir::Update& update : executable->graph.updates) results.push_back(room(update.value));
    std::vector<void*> out;
    for (Tensor& tensor : results) out.push_back(tensor.raw());
    context.run(in.data(), out.data(), out.data() + executable->graph.outputs.size());
    return results;
  }
  const VariablePtr& updated(std::size_t i) const { return lowering_.variables[graph_.updates[i].variable]; }

 private:
  bool takes_separate_inputs() const {
    const std::string_view name = layer_->def->class_name;
    return name == "MultiHeadAttention" || name == "GroupQueryAttention" || name == "GroupedQueryAttention";
  }
  static Tensor room(const ir::Value& value) { return Tensor(value.dtype(), ir::to_shape(value.shape())); }

  ir::Value input(const std::string& name, ir::Type type) {
    for (std::size_t i = 0; i < type.rank(); ++i) {
      const bool first = i == 0 && symbolic_ == Symbolic::batch;
      if (!first && !(symbolic_ == Symbolic::most && i + 1 < type.rank())) continue;
      const std::int64_t size = type.shape[i].value();
      const std::string symbol = cat(i == 0 ? "B" : "D", size);
      symbols_[symbol] = size;
      type.shape[i] = ir::Dim::symbol(symbol);
    }
    return graph_.input(name, type);
  }
  Argument argument(const std::string& name, const Json& value) {
    if (auto type = parse_spec(value)) return {Traced{input(name, *type), {}}};
    if (!value.is_array()) return {value};
    bool tensors = false;
    for (const Json& item : value.as_array()) tensors |= parse_spec(item).has_value();
    if (!tensors) return {value};
    Argument::List list;
    for (const Json& item : value.as_array()) list.push_back(argument(cat(name, list.size()), item));
    return {std::move(list)};
  }
  std::vector<Tensor> input_values(const Golden& golden, std::size_t index) const {
    std::vector<Tensor> found;
    for (const ir::Value& value : graph_.inputs)
      found.push_back(cast_tensor(golden.at(index, value.node->get<std::string>("name")), value.dtype()));
    return found;
  }
  std::vector<Tensor> values() const {
    std::vector<Tensor> found;
    for (const VariablePtr& variable : lowering_.variables) {
      found.push_back(variable->has_value() ? variable->value()
                                            : Tensor::zeros(variable->dtype(), variable->shape()));
      if (variable->kind == VariableKind::seed) found.back() = seed_state(*variable);
    }
    return found;
  }

  // Goldens are of draw 1 of every generator.
  Tensor seed_state(const Variable& variable) const {
    Json seed;
    layer_->visit([&](const Layer& layer) {
      for (const Layer::Weight& weight : layer.weights)
        if (weight.variable.get() == &variable) seed = weight.initializer.at("config").at("seed");
    });
    Tensor state(variable.dtype(), variable.shape());
    state.data<std::int64_t>()[0] = seed.is_null() ? 0 : seed.as_integer();
    state.data<std::int64_t>()[1] = 1;
    return state;
  }

  LayerPtr layer_;
  ir::Graph graph_;
  Lowering lowering_;
  Symbolic symbolic_;
  ir::Symbols symbols_;
  bool has_mask_argument_ = false;
};

}  // namespace keratin::tests
