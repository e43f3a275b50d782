// Executable: a graph compiled for fixed dims, device and thread count: an immutable list of steps with
// planned memory. Any number of contexts run one executable at the same time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/dispatch/kernel.h"
#include "runtime/ir/graph.h"

namespace keratin::exec {

// Where a tensor is during a run.
struct Slot {
  enum class Kind { input, output, update, variable, constant, prepared, arena };
  Kind kind = Kind::arena;
  std::size_t index = 0;  // arena: byte offset; else the number
};

struct PlannedStep {
  std::unique_ptr<const dispatch::Step> step;
  const char* kernel = "";         // the candidate's name
  const ir::Node* node = nullptr;  // in Executable::graph
  std::vector<Slot> in, out;
  std::size_t scratch = 0;                         // arena offset
  std::size_t first_packed = 0, packed_count = 0;  // in Executable::packings
};

struct PlannedPacking {
  Slot source;  // variable, constant or prepared
  std::size_t bytes;
  std::function<void(const void*, void*)> pack;
};

struct CompileOptions {
  dispatch::Device device = dispatch::Device::cpu;
  int threads = 1;
  std::string name = "graph";
};

class Executable {
 public:
  ir::Graph graph;  // after passes and decomposition
  CompileOptions options;
  // Steps that depend on variables alone, run once per snapshot; then the steps of every run.
  std::vector<PlannedStep> preparation, steps;
  std::vector<ir::Type> prepared;  // what preparation leaves, by Slot::index
  std::vector<PlannedPacking> packings;
  std::vector<Tensor> constants;
  std::vector<Slot> copied_outputs,
      copied_updates;  // per output: where it is made when no step writes it in place
  std::vector<bool> output_is_copied, update_is_copied;
  // Per update: its step may write the variable's own memory. Nothing reads the old value later, and nothing
  // that could fail comes after.
  std::vector<bool> update_in_place;
  std::size_t arena_bytes = 0, preparation_scratch = 0;
  const ThreadRunner* runner = nullptr;  // that a step wants; null: the team's own threads

  std::string to_string() const;
};

// graph: static dims. Throws Error{unsupported} listing the ops that the device can't run.
std::shared_ptr<const Executable> compile(ir::Graph graph, const CompileOptions& options);

// Values with their lifetimes [first, last] in steps -> offsets in one arena. Returns the arena's size.
struct Lifetime {
  std::size_t bytes;
  std::size_t first, last;
  std::size_t offset = 0;  // result
};
std::size_t plan_memory(std::vector<Lifetime>& values);

}  // namespace keratin::exec
