// A graph of one loss or metric on its way: inputs named as in a golden, with fixed or symbolic batch.
#pragma once

#include <sstream>

#include "../exec/run_graph.h"
#include "../keras/golden.h"
#include "runtime/ir/evaluate.h"
#include "runtime/ir/rewrite.h"

namespace keratin::tests {

inline Json words(const char* text) {
  Json::Array found;
  std::istringstream in(text);
  for (std::string word; in >> word;) found.push_back(Json(word));
  return found;
}

class StepRun {
 public:
  StepRun(const Golden& golden, std::size_t index, bool symbolic)
      : golden_(golden), index_(index), symbolic_(symbolic) {}
  ir::Graph graph;

  ir::Value input(const std::string& name) {
    const Tensor& value = golden_.at(index_, name);
    ir::Type type{value.dtype(), ir::to_dims(value.shape())};
    if (symbolic_ && type.rank() > 0) {
      symbols_["B"] = value.dim(0);
      type.shape[0] = ir::Dim::symbol("B");
    }
    inputs_.push_back(value);
    return graph.input(name, type);
  }
  ir::Value optional_input(const std::string& name) {
    return golden_.find(index_, name) ? input(name) : ir::Value();
  }
  // Outputs, then updates.
  std::vector<Tensor> evaluate() const {
    return ir::evaluate_graph(ir::specialise(graph, symbols_), inputs_);
  }
  std::vector<Tensor> execute() const { return test::run_graph(ir::specialise(graph, symbols_), inputs_); }

 private:
  const Golden& golden_;
  std::size_t index_;
  bool symbolic_;
  std::vector<Tensor> inputs_;
  ir::Symbols symbols_;
};

}  // namespace keratin::tests
