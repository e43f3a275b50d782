// StepRunner: runs a step's graph on batches of any size; what it updates is written in the variables' own
// memory.
#pragma once

#include <list>

#include "runtime/exec/program.h"
#include "runtime/train/step.h"

namespace keratin::train {

class StepRunner {
 public:
  StepRunner(StepGraph step, int threads, const std::string& name);

  const ir::Graph& graph() const { return program_.graph(); }
  // inputs: in the graph's order. Returns its outputs; they are overwritten by the next run.
  // Throws Error{data_mismatch} naming the input that doesn't fit; variables then keep their values.
  const std::vector<Tensor>& run(const std::vector<Tensor>& inputs);

 private:
  struct Shaped {
    std::vector<Shape> shapes;
    std::unique_ptr<exec::Context> context;
    std::vector<void*> state;  // per update, as the context has them
    std::vector<Tensor> outputs;
  };
  Shaped& shaped(const std::vector<Tensor>& inputs);
  void check_shapes(const std::vector<Shape>& shapes, const ir::Symbols& dims) const;
  std::uint64_t kept_version() const;

  exec::Program program_;
  std::shared_ptr<Team> team_;
  std::vector<VariablePtr> updated_, kept_;
  std::list<Shaped> contexts_;  // most recently used first
  exec::SnapshotPtr snapshot_;  // of kept_
  std::uint64_t snapshot_version_ = 0;
  std::vector<const void*> in_;
  std::vector<void*> out_;
};

}  // namespace keratin::train
