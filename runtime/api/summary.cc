#include <algorithm>

#include "runtime/api/state.h"
#include "runtime/core/error.h"
#include "runtime/keras/input_layer.h"
#include "runtime/keras/sequential.h"

namespace keratin {
inline namespace v1 {
namespace {

using keras::Layer;

std::int64_t parameters_of(const Layer& layer) {
  std::int64_t count = 0;
  for (const VariablePtr& variable : layer.variables()) {
    if (variable->kind == VariableKind::seed || variable->kind == VariableKind::call_state) continue;
    std::int64_t size = 1;
    for (std::int64_t dim : variable->shape()) size *= dim;
    count += size;
  }
  return count;
}

std::string printed(const Shape& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + (shape[i] < 0 ? std::string("None") : std::to_string(shape[i]));
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number), text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i && (digits.size() - i) % 3 == 0) text += ",";
    text += digits[i];
  }
  return text;
}

// Shapes of each top-level layer's last call, seen while the model is lowered.
std::vector<LayerSpec> specs_of(Layer& model) {
  ir::Graph graph;
  keras::Lowering lowering(graph, false);
  std::map<std::string, std::vector<Shape>> shapes;
  lowering.observe = [&](const Layer& layer, const std::vector<keras::Traced>& results) {
    std::vector<Shape>& found = shapes[layer.name];
    found.clear();
    for (const keras::Traced& result : results) found.push_back(spec_of("", result.value.type()).shape);
  };
  keras::lower_model_into(lowering, model);
  std::vector<LayerSpec> specs;
  auto add = [&](const Layer& layer, std::vector<std::string> inputs) {
    if (keras::is_input_layer(layer) && shapes[layer.name].empty())
      shapes[layer.name] = {spec_of("", keras::input_type(layer)).shape};
    specs.push_back(
        {layer.name, layer.file_class_name(), shapes[layer.name], parameters_of(layer), std::move(inputs)});
  };
  if (keras::is_functional(model)) {
    const keras::FunctionalConfig& config = keras::functional_config(model);
    for (std::size_t i = 0; i < config.layers.size(); ++i) {
      std::vector<keras::TensorRef> refs;
      for (const keras::NodeCall& call : config.calls[i]) {
        for (const auto& argument : call.args) argument.flatten(refs);
        for (const auto& [key, argument] : call.kwargs) argument.flatten(refs);
      }
      std::vector<std::string> names;
      for (const keras::TensorRef& ref : refs) names.push_back(ref.layer);
      add(*config.layers[i], std::move(names));
    }
  } else {
    for (const keras::LayerPtr& layer : keras::sequential_config(model).layers) add(*layer, {});
  }
  return specs;
}

}  // namespace

std::vector<LayerSpec> Model::layer_specs() const {
  State& s = state();
  const Reading reading(s.home);
  std::lock_guard lock(s.home->mutex);
  return specs_of(s.model());
}

std::string Model::summary() const {
  const std::vector<LayerSpec> specs = layer_specs();
  const bool functional = keras::is_functional(state().model());
  std::vector<std::vector<std::string>> table = {{"Layer (type)", "Output Shape", "Param #"}};
  if (functional) table[0].push_back("Connected to");
  for (const LayerSpec& spec : specs) {
    std::string shape;
    for (const Shape& one : spec.output_shapes) shape += (shape.empty() ? "" : ", ") + printed(one);
    std::vector<std::string> row = {spec.name + " (" + spec.class_name + ")", shape,
                                    grouped(spec.parameters)};
    if (functional) {
      std::string inputs;
      for (const std::string& name : spec.inputs) inputs += (inputs.empty() ? "" : ", ") + name;
      row.push_back(inputs.empty() ? "-" : inputs);
    }
    table.push_back(std::move(row));
  }
  std::vector<std::size_t> widths(table[0].size());
  for (const auto& row : table)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string rule;
  for (std::size_t width : widths) rule += std::string(width + 2, '-') + "  ";
  std::string text = "Model: \"" + state().model().name + "\"\n" + rule + "\n";
  for (std::size_t r = 0; r < table.size(); ++r) {
    for (std::size_t i = 0; i < table[r].size(); ++i)
      text += table[r][i] + std::string(widths[i] - table[r][i].size() + 4, ' ');
    while (text.back() == ' ') text.pop_back();
    text += "\n";
    if (r == 0) text += rule + "\n";
  }
  std::int64_t trainable = 0, total = parameters_of(state().model());
  for (const VariablePtr& variable : state().model().trainable_variables()) {
    std::int64_t size = 1;
    for (std::int64_t dim : variable->shape()) size *= dim;
    trainable += size;
  }
  return text + rule + "\nTotal params: " + grouped(total) + "\nTrainable params: " + grouped(trainable) +
         "\nNon-trainable params: " + grouped(total - trainable) + "\n";
}

}  // namespace v1
}  // namespace keratin
