// Program: a graph with symbolic dims, its variables, and the executables made of it so far.
// Thread-safe.
#pragma once

#include <list>
#include <memory>
#include <mutex>

#include "runtime/exec/context.h"
#include "runtime/variables/variable.h"

namespace keratin::exec {

class Program {
 public:
  Program(ir::Graph graph, std::vector<VariablePtr> variables, CompileOptions options)
      : graph_(std::move(graph)), variables_(std::move(variables)), options_(std::move(options)) {}

  const ir::Graph& graph() const { return graph_; }
  const std::vector<VariablePtr>& variables() const { return variables_; }

  // The variables' values now. Reads those that are still in the file. kept_only: leaves out the values of
  // variables that the graph updates; contexts then carry these from the start.
  SnapshotPtr snapshot(bool kept_only = false) const;
  // The symbols that inputs of these shapes give. Throws Error{data_mismatch} naming the input.
  ir::Symbols bind(std::span<const Shape> shapes) const;
  // The executable for dims with this snapshot's derived values. A bounded number is kept, least used goes
  // first.
  std::shared_ptr<Prepared> prepare(const ir::Symbols& dims, const SnapshotPtr& snapshot);
  std::vector<ir::Type> output_types(const ir::Symbols& dims) const;

 private:
  struct Entry {
    ir::Symbols dims;
    std::shared_ptr<const Executable> executable;
    std::shared_ptr<Prepared> prepared;
  };
  ir::Graph graph_;
  std::vector<VariablePtr> variables_;
  CompileOptions options_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
};

}  // namespace keratin::exec
