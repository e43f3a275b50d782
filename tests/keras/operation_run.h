// One keras.ops node as a graph, and the rows of all case tables. Used by the tests of answers and gradients.
#pragma once

#include <map>

#include "layer_run.h"
#include "runtime/keras/operation.h"
#include "runtime/keras/operation_layer.h"
#include "tolerance.h"

namespace keratin::tests {

struct OperationRow {
  const OperationCase* row;
  std::size_t index;  // among the cases of this operation
};

inline std::vector<OperationRow> all_operation_rows() {
  std::vector<OperationRow> rows;
  std::map<std::string, std::size_t> counts;
  for (const OperationFamily* family : registry_operations())
    for (const OperationCase& row : family->cases) rows.push_back({&row, counts[row.class_name]++});
  return rows;
}

inline Json parse(const char* text) { return serialization::parse_json(text, "case"); }

// One operation called on inputs, which are named x0, x1 … over all tensors of the call.
class OperationRun {
 public:
  OperationRun(const OperationCase& row, bool symbolic) : symbolic_(symbolic), lowering_(graph_, false) {
    lower(row.class_name, row.module, parse(row.config), parse(row.inputs));
  }
  OperationRun(const std::string& op, const std::string& module, const Json& config, const Json& inputs)
      : symbolic_(false), lowering_(graph_, false) {
    lower(op, module, config, inputs);
  }

  const ir::Graph& graph() const { return graph_; }

  std::vector<Tensor> inputs(const Golden& golden, std::size_t index) const {
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i)
      inputs.push_back(cast_tensor(golden.at(index, cat("x", i)), graph_.inputs[i].dtype()));
    return inputs;
  }

  void expect_answers(const Golden& golden, std::size_t index) const {
    const std::vector<Tensor> inputs = this->inputs(golden, index);
    const std::vector<Tensor> found = ir::evaluate_graph(ir::specialise(graph_, symbols_), inputs);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const Tensor* wanted = golden.find(index, cat("y", i));
      ASSERT_TRUE(wanted != nullptr) << "Keras has no result " << i;
      EXPECT_TRUE(near(found[i], *wanted, found[i].dtype(), {16, 16})) << "result " << i;
    }
    EXPECT_EQ(golden.find(index, cat("y", found.size())), nullptr) << "Keras has more results";
  }

 private:
  void lower(const std::string& op, const std::string& module, const Json& config, const Json& inputs) {
    Json object;
    object["module"] = "keras.src.ops." + module;
    object["class_name"] = op;
    object["config"] = config;
    layer_ = make_operation(object);
    Call call;
    for (const Json& input : inputs.as_array()) call.args.push_back(argument(input));
    const std::vector<Traced> results = call_layer(lowering_, *layer_, call);
    for (std::size_t i = 0; i < results.size(); ++i) graph_.output(cat("y", i), results[i].value);
  }

  Argument argument(const Json& json) {
    if (auto type = parse_spec(json)) {
      if (symbolic_ && type->rank() > 0) {
        const std::int64_t size = type->shape[0].value();
        const std::string name = cat("B", size);
        symbols_[name] = size;
        type->shape[0] = ir::Dim::symbol(name);
      }
      return {Traced{graph_.input(cat("x", graph_.inputs.size()), *type), {}}};
    }
    if (!json.is_array()) return {json};
    bool tensors = false;
    Argument::List list;
    for (const Json& item : json.as_array()) {
      tensors |= parse_spec(item).has_value();
      list.push_back(argument(item));
    }
    if (!tensors) return {json};
    return {std::move(list)};
  }

  ir::Graph graph_;
  bool symbolic_;
  Lowering lowering_;
  LayerPtr layer_;
  ir::Symbols symbols_;
};

}  // namespace keratin::tests
