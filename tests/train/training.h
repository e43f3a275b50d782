// An optimizer's case on its way: three fixed variables, fixed gradients, the graph of a step; and real
// Keras' answers to it, tests/golden/optimizers/.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "../keras/golden.h"
#include "../keras/tolerance.h"
#include "run.h"
#include "runtime/core/cast.h"
#include "runtime/train/optimizer_state.h"

namespace keratin::tests {

using namespace train;

inline const std::string folder = std::string(KERATIN_TEST_DATA) + "/golden/optimizers/";
inline constexpr const char* paths[] = {"first/kernel", "second/bias", "third/kernel"};

struct Row {
  const OptimizerDef* def;
  const OptimizerCase* row;
  std::string dialect;
  std::size_t index;
};

inline void PrintTo(const Row& row, std::ostream* out) { *out << row.row->config; }

inline std::vector<Row> all_rows() {
  std::vector<Row> rows;
  for (const OptimizerDef* def : registry_optimizers()) {
    std::size_t index = 0;
    for (const OptimizerCase& row : def->cases) {
      std::istringstream dialects(row.dialects);
      for (std::string dialect; dialects >> dialect;) rows.push_back({def, &row, dialect, index++});
    }
  }
  return rows;
}

inline Json config_of(const Row& row) {
  Json config = serialization::parse_json(row.row->config, row.def->class_name);
  if (Json* inner = config.find("inner_optimizer"); inner && row.dialect == "tf_keras")
    (*inner)["config"]["is_legacy_optimizer"] = false;
  return config;
}

inline Dialect dialect_of(const Row& row) {
  return row.dialect == "legacy"     ? Dialect::legacy
         : row.dialect == "tf_keras" ? Dialect::tf_keras
                                     : Dialect::keras_3;
}

inline OptimizerPtr make(const Row& row, DType floatx = DType::float32) {
  Json object, config = config_of(row);
  if (row.dialect == "tf_keras") config["is_legacy_optimizer"] = false;
  object["class_name"] = row.def->class_name;
  object["config"] = std::move(config);
  return make_optimizer(object, dialect_of(row), floatx);
}

inline const Tensor& input(const std::string& name) {
  static std::map<std::string, Tensor> tensors;
  if (tensors.empty())
    for (auto& [key, tensor] : read_npz(folder + "inputs.npz")) tensors.emplace(key, tensor);
  return tensors.at(name);
}

// The optimizer with three fixed variables and the graph of a step.
class Training {
 public:
  Training(const Row& row, DType dtype, Runner runner)
      : row_(row), dtype_(dtype), runner_(runner), optimizer(make(row, dtype)) {
    for (std::size_t i = 0; i < 3; ++i) {
      const Tensor value = cast_tensor(input("v" + std::to_string(i)), dtype);
      variables.push_back(std::make_shared<Variable>(paths[i], dtype, value.shape()));
      variables.back()->assign(value);
      variables.back()->name = std::string(paths[i]).substr(std::string(paths[i]).find('/') + 1);
    }
    optimizer->build(variables);
    use(optimizer);
  }

  // Goes on with this optimizer, built for the same variables.
  void use(OptimizerPtr next) {
    optimizer = std::move(next);
    ir::Graph graph;
    keras::Lowering lowering(graph, true);
    ir::Values gradients;
    for (std::size_t i = 0; i < 3; ++i)
      gradients.push_back(graph.input("g" + std::to_string(i), {dtype_, ir::to_dims(variables[i]->shape())}));
    apply_gradients(lowering, *optimizer, gradients);
    run_.emplace(std::move(graph), std::move(lowering.variables), runner_);
  }

  void step(std::size_t number) {
    std::vector<Tensor> gradients;
    for (std::size_t i = 0; i < 3; ++i) {
      const Tensor& all = input("g" + std::to_string(i));
      const Shape shape(all.shape().begin() + 1, all.shape().end());
      Tensor one(DType::float64, shape);
      std::copy_n(all.data<double>() + number * one.elements(), one.elements(), one.data<double>());
      if (i == 0 && row_.row->overflows && number == 3)
        one.data<double>()[0] = std::numeric_limits<double>::infinity();
      gradients.push_back(cast_tensor(one, dtype_));
    }
    (*run_)(gradients);
  }

  // Variables, then the optimizer's list, each with its name.
  std::vector<ListedVariable> values() const {
    std::vector<ListedVariable> all;
    for (const VariablePtr& variable : variables) all.push_back({variable->path, variable});
    for (const ListedVariable& row : list_state(*optimizer, optimizer->dialect)) all.push_back(row);
    return all;
  }

 private:
  const Row& row_;
  DType dtype_;
  Runner runner_;

 public:
  OptimizerPtr optimizer;
  std::vector<VariablePtr> variables;

 private:
  std::optional<GraphRun> run_;
};

// Compares values, flattened one after the other, with a row of what Keras says.
inline std::size_t expect_leading_values(const std::vector<ListedVariable>& values, const Tensor& golden,
                                         std::size_t row, Tolerance tolerance) {
  const Tensor wanted = cast_tensor(golden, DType::float64);
  const std::size_t width = golden.rank() == 2 ? static_cast<std::size_t>(golden.dim(1)) : golden.elements();
  std::size_t at = row * width;
  for (const ListedVariable& value : values) {
    Tensor expected(DType::float64, value.variable->shape());
    if (at + expected.elements() > (row + 1) * width) break;
    std::copy_n(wanted.data<double>() + at, expected.elements(), expected.data<double>());
    at += expected.elements();
    EXPECT_TRUE(near(cast_tensor(value.variable->value(), DType::float64), expected,
                     is_floating(value.variable->dtype()) ? value.variable->dtype() : DType::float64,
                     tolerance))
        << value.name;
  }
  return at - row * width;
}

inline void expect_values(const std::vector<ListedVariable>& values, const Tensor& golden, std::size_t row,
                          Tolerance tolerance) {
  std::size_t mine = 0;
  for (const ListedVariable& value : values) mine += value.variable->value().elements();
  const auto keras = static_cast<std::size_t>(golden.rank() == 2 ? golden.dim(1) : golden.dim(0));
  EXPECT_EQ(mine, keras) << "another count of state than Keras has";
  EXPECT_EQ(expect_leading_values(values, golden, row, tolerance), keras);
}

// Keras' own updates round; 1e-5 of the largest element is DESIGN's bound per step.
inline constexpr Tolerance float32_steps{40, 40};

class OptimizerRows : public testing::TestWithParam<Row> {
 protected:
  const Row& row() const { return GetParam(); }
  const Golden& golden() {
    if (!golden_) golden_.emplace(folder + row().def->class_name + ".npz");
    return *golden_;
  }

 private:
  std::optional<Golden> golden_;
};

inline std::string name_of_row(const testing::TestParamInfo<Row>& info) {
  return std::string(info.param.def->class_name) + "_" + info.param.dialect + "_" +
         std::to_string(info.param.index);
}

}  // namespace keratin::tests
