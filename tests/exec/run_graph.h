// Runs a graph through the whole of exec: compile, prepare, context. Used by tests of ops, passes and exec.
// Results are the outputs, then the updates, as ir::evaluate_graph gives them.
#pragma once

#include <cstdlib>
#include <string>

#include "runtime/exec/context.h"
#include "runtime/exec/executable.h"

namespace keratin::test {

// Sets an environment variable for a scope.
class WithEnv {
 public:
  WithEnv(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~WithEnv() { unsetenv(name_); }
  WithEnv(const WithEnv&) = delete;

 private:
  const char* name_;
};

inline std::vector<Tensor> run(exec::Context& context, const std::vector<Tensor>& inputs) {
  const ir::Graph& graph = context.executable().graph;
  std::vector<Tensor> results;
  std::vector<const void*> in;
  std::vector<void*> outputs, updates;
  auto make = [&](const ir::Value& value, std::vector<void*>& pointers) {
    results.emplace_back(value.dtype(), ir::to_shape(value.shape()));
    std::memset(results.back().raw(), 0xab, results.back().bytes());
    pointers.push_back(results.back().raw());
  };
  for (const Tensor& input : inputs) in.push_back(input.raw());
  for (const ir::Output& output : graph.outputs) make(output.value, outputs);
  for (const ir::Update& update : graph.updates) make(update.value, updates);
  context.run(in.data(), outputs.data(), updates.data());
  return results;
}

struct Compiled {
  std::shared_ptr<const exec::Executable> executable;
  std::shared_ptr<exec::Prepared> prepared;
  std::unique_ptr<exec::Context> context;
};

inline Compiled compile(const ir::Graph& graph, const std::vector<Tensor>& variables = {}, int threads = 1) {
  Compiled made;
  made.executable = exec::compile(graph, {dispatch::Device::cpu, threads, "test"});
  auto snapshot = std::make_shared<const exec::Snapshot>(exec::Snapshot{variables});
  made.prepared = std::make_shared<exec::Prepared>(made.executable, snapshot);
  made.context = std::make_unique<exec::Context>(made.prepared, std::make_shared<Team>(threads));
  return made;
}

inline std::vector<Tensor> run_graph(const ir::Graph& graph, const std::vector<Tensor>& inputs,
                                     const std::vector<Tensor>& variables = {}) {
  return run(*compile(graph, variables).context, inputs);
}

}  // namespace keratin::test
