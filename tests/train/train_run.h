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
  // Entries of the golden's case start with prefix.
  StepRun(const Golden& golden, std::size_t index, bool symbolic, std::string prefix = "")
      : golden_(golden), index_(index), symbolic_(symbolic), prefix_(std::move(prefix)) {}
  ir::Graph graph;

  ir::Value input(const std::string& name) {
    const Tensor& value = golden_.at(index_, prefix_ + name);
    ir::Type type{value.dtype(), ir::to_dims(value.shape())};
    if (symbolic_ && type.rank() > 0) {
      symbols_["B"] = value.dim(0);
      type.shape[0] = ir::Dim::symbol("B");
    }
    inputs_.push_back(value);
    names_.push_back(name);
    return graph.input(name, type);
  }
  ir::Value optional_input(const std::string& name) {
    return golden_.find(index_, prefix_ + name) ? input(name) : ir::Value();
  }
  // An input that set_state replaces; these come last.
  ir::Value state(const std::string& name, const Tensor& value) {
    inputs_.push_back(value);
    return graph.input(name, {value.dtype(), ir::to_dims(value.shape())});
  }
  // The inputs of another batch of the same shapes.
  void take_batch(const std::string& prefix) {
    for (std::size_t i = 0; i < names_.size(); ++i) inputs_[i] = golden_.at(index_, prefix + names_[i]);
  }
  // The first of these tensors become the state.
  void set_state(const std::vector<Tensor>& found) {
    for (std::size_t i = names_.size(); i < inputs_.size(); ++i) inputs_[i] = found[i - names_.size()];
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
  std::string prefix_;
  std::vector<std::string> names_;
  std::vector<Tensor> inputs_;
  ir::Symbols symbols_;
};

}  // namespace keratin::tests
