// Reads one function of a SavedModel and writes it again as a GraphDef of our own making, for TensorFlow to
// run.
//
//     emit_graph SAVED_MODEL ENDPOINT OUT.pb [--gradient]
//
// ENDPOINT is an edge path such as signatures/serving_default. With --gradient the graph also returns the
// gradient of the sum of its first result by every variable. Prints the names of inputs, outputs and
// variables as JSON.
#include <iostream>
#include <span>
#include <string_view>

#include "runtime/ir/build.h"
#include "runtime/tensorflow/emit.h"
#include "runtime/tensorflow/import.h"
#include "serialization/json/json.h"
#include "serialization/tensorflow_module.h"

namespace {

using namespace keratin;
using serialization::Json;

void add_gradients(ir::Graph& graph) {
  const ir::Value y = graph.outputs.at(0).value;
  ir::Ints axes;
  for (std::size_t i = 0; i < y.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  ir::Values weights;
  for (std::size_t i = 0; i < graph.variables.size(); ++i) weights.push_back(graph.read(i));
  const ir::Values found = ir::gradients(ir::sum(y, axes), weights);
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i]) graph.output("gradient/" + graph.variables[i].name, found[i]);
}

Json names_of(const std::map<std::string, serialization::TfTensorInfo>& tensors) {
  Json::Object object;
  for (const auto& [name, info] : tensors) object.emplace_back(name, info.name);
  return object;
}

int run(std::span<char*> arguments) {
  const std::string endpoint = arguments[2];
  const serialization::SavedModelDocument document = serialization::read_saved_model(arguments[1]);
  const std::string name = tensorflow::concrete_functions(document, endpoint).at(0);
  tensorflow::ImportedFunction function = tensorflow::import_function(document, name);
  if (arguments.size() == 5) add_gradients(function.graph);
  const tensorflow::EmittedFunction emitted = tensorflow::emit_function(function.graph, "keratin_function");
  serialization::FileSink sink(arguments[3]);
  sink.write(serialization::tensorflow_module().print_graph(emitted.graph));
  sink.commit();
  Json::Object variables;
  for (const auto& [variable, node] : emitted.variables) variables.emplace_back(variable, node);
  const Json names = Json::Object{{"inputs", names_of(emitted.signature.inputs)},
                                  {"outputs", names_of(emitted.signature.outputs)},
                                  {"variables", std::move(variables)}};
  std::cout << serialization::print_json(names) << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  if (argc < 4 || argc > 5 || (argc == 5 && arguments[4] != std::string_view("--gradient"))) {
    std::cerr << "usage: emit_graph SAVED_MODEL ENDPOINT OUT.pb [--gradient]\n";
    return 2;
  }
  try {
    return run(arguments);
  } catch (const keratin::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
