// A step graph on its way: run by executables or by evaluate, with its updates assigned to the variables.
#pragma once

#include "runtime/exec/program.h"
#include "runtime/ir/evaluate.h"
#include "runtime/keras/lower.h"

namespace keratin::tests {

enum class Runner { executable, evaluate };

class GraphRun {
 public:
  GraphRun(ir::Graph graph, std::vector<VariablePtr> variables, Runner runner)
      : runner_(runner), program_(std::move(graph), std::move(variables), {}) {}

  // One run; returns the outputs.
  std::vector<Tensor> operator()(const std::vector<Tensor>& inputs) {
    std::vector<Tensor> results = runner_ == Runner::evaluate ? by_evaluate(inputs) : by_executable(inputs);
    const std::size_t outputs = program_.graph().outputs.size();
    for (std::size_t i = 0; i < program_.graph().updates.size(); ++i)
      program_.variables()[program_.graph().updates[i].variable]->assign(results[outputs + i]);
    results.resize(outputs);
    return results;
  }

 private:
  std::vector<Tensor> by_evaluate(const std::vector<Tensor>& inputs) {
    std::vector<Tensor> values;
    for (const VariablePtr& variable : program_.variables()) values.push_back(variable->value());
    return ir::evaluate_graph(program_.graph(), inputs, values);
  }
  std::vector<Tensor> by_executable(const std::vector<Tensor>& inputs) {
    std::vector<Shape> shapes;
    std::vector<const void*> in;
    for (const Tensor& input : inputs) {
      shapes.push_back(input.shape());
      in.push_back(input.raw());
    }
    const ir::Symbols dims = program_.bind(shapes);
    exec::Context context(program_.prepare(dims, program_.snapshot()), std::make_shared<Team>(1));
    std::vector<Tensor> results;
    for (const ir::Output& output : context.executable().graph.outputs)
      results.emplace_back(output.value.dtype(), ir::to_shape(output.value.shape()));
    for (const ir::Update& update : context.executable().graph.updates)
      results.emplace_back(update.value.dtype(), ir::to_shape(update.value.shape()));
    std::vector<void*> out;
    for (Tensor& result : results) out.push_back(result.raw());
    context.run(in.data(), out.data(), out.data() + program_.graph().outputs.size());
    return results;
  }

  Runner runner_;
  exec::Program program_;
};

}  // namespace keratin::tests
