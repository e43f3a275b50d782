// Gradients of keras.ops nodes against TensorFlow's (tests/golden/gradients): at the inputs of every case,
// and at ties, bounds, kinks and zeros, where there is a convention to follow. The reference and the kernels
// are both asked.
#include <set>

#include "operation_run.h"
#include "runtime/ir/build.h"
#include "runtime/ir/print.h"
#include "tests/exec/run_graph.h"

namespace keratin::tests {
namespace {

// cos(k) for the k-th element.
Tensor seed_of(const ir::Type& type) {
  Tensor wide(DType::float64, ir::to_shape(type.shape));
  for (std::size_t i = 0; i < wide.elements(); ++i) wide.data<double>()[i] = std::cos(static_cast<double>(i));
  return cast_tensor(wide, type.dtype);
}

struct Backward {
  ir::Graph graph;
  std::vector<std::size_t> inputs;  // what the outputs are the gradients of
};

// d sum(y · cos(k)) / d x for every floating-point input that something flows to.
Backward backward_of(const ir::Graph& forward) {
  Backward made{forward, {}};
  ir::Values outputs, seeds, wrt;
  for (const ir::Output& output : made.graph.outputs)
    if (is_floating(output.value.dtype())) {
      outputs.push_back(output.value);
      seeds.push_back(ir::constant(made.graph, seed_of(output.value.type())));
    }
  for (const ir::Value& input : made.graph.inputs) wrt.push_back(input);
  const ir::Values found = outputs.empty() ? ir::Values(wrt.size()) : ir::gradients(outputs, seeds, wrt);
  made.graph.outputs.clear();
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i] || !is_floating(wrt[i].dtype())) continue;
    EXPECT_EQ(found[i].type(), wrt[i].type());
    made.inputs.push_back(i);
    made.graph.output(cat("dx", i), found[i]);
  }
  ir::verify(made.graph);
  return made;
}

bool all_zero(const Tensor& tensor) {
  const Tensor wide = cast_tensor(tensor, DType::float64);
  for (double value : wide.values<double>())
    if (value != 0) return false;
  return true;
}

// wanted(i): TensorFlow's gradient of input i, or null for its None; where one side has none, the other has
// zeros.
template <class Wanted>
void expect_gradients(const ir::Graph& forward, const std::vector<Tensor>& values, const Wanted& wanted) {
  const Backward backward = backward_of(forward);
  std::vector<std::vector<Tensor>> runs;
  if (backward.inputs.empty())
    runs.emplace_back();
  else
    runs = {ir::evaluate_graph(backward.graph, values), test::run_graph(backward.graph, values)};
  for (const std::vector<Tensor>& found : runs) {
    std::set<std::size_t> met;
    for (std::size_t k = 0; k < found.size(); ++k) {
      const std::size_t i = backward.inputs[k];
      met.insert(i);
      if (const Tensor* expected = wanted(i))
        EXPECT_TRUE(near(found[k], *expected, found[k].dtype(), {32, 32})) << "dx" << i;
      else
        EXPECT_TRUE(all_zero(found[k])) << "dx" << i << ": TensorFlow has none";
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Tensor* expected = met.count(i) ? nullptr : wanted(i);
      EXPECT_TRUE(!expected || all_zero(*expected)) << "dx" << i << " is missing";
    }
  }
}

const std::map<std::string, Tensor>& cases() {
  static const std::map<std::string, Tensor> tensors = [] {
    std::map<std::string, Tensor> read;
    for (auto& [name, tensor] : read_npz(KERATIN_TEST_DATA "/golden/gradients/cases.npz"))
      read.emplace(name, std::move(tensor));
    return read;
  }();
  return tensors;
}

// Ops that TensorFlow itself has no gradient for.
const std::set<std::string> without_gradient = {};

class OperationGradients : public testing::TestWithParam<OperationRow> {};

TEST_P(OperationGradients, EqualTensorflows) {
  const OperationCase& row = *GetParam().row;
  SCOPED_TRACE(cat(row.config, " ", row.inputs));
  const std::string prefix = cat(row.class_name, "/", GetParam().index, "/");
  const auto first = cases().lower_bound(prefix);
  const bool known = first != cases().end() && first->first.starts_with(prefix);
  // Else: dump_cases --operations | tools/python_env tools/goldens/gradients.py
  ASSERT_NE(known, without_gradient.count(row.class_name) > 0) << "the golden lacks this case";
  if (!known) return;
  const OperationRun run(row, false);
  const Golden golden(cat(KERATIN_TEST_DATA "/golden/ops/", row.class_name, ".npz"));
  expect_gradients(run.graph(), run.inputs(golden, GetParam().index), [&](std::size_t i) {
    const auto found = cases().find(cat(prefix, "dx", i));
    return found == cases().end() ? nullptr : &found->second;
  });
}

INSTANTIATE_TEST_SUITE_P(All, OperationGradients, testing::ValuesIn(all_operation_rows()),
                         [](const auto& info) {
                           return std::string(info.param.row->class_name) + "_" +
                                  std::to_string(info.param.index);
                         });

TEST(OperationGradients, FollowTensorflowAtPoints) {
  const Golden golden(KERATIN_TEST_DATA "/golden/gradients/points.npz");
  std::size_t count = 0;
  for (; golden.find(count, "meta"); ++count) {
    const Json meta = golden.meta(count);
    SCOPED_TRACE(serialization::print_json(meta));
    const OperationRun run(meta.at("op").as_string(), meta.at("module").as_string(), meta.at("config"),
                           meta.at("inputs"));
    expect_gradients(run.graph(), run.inputs(golden, count),
                     [&](std::size_t i) { return golden.find(count, cat("dx", i)); });
  }
  EXPECT_GE(count, 100u);
}

}  // namespace
}  // namespace keratin::tests
