// Every optimizer's cases: the same variables and state as real Keras' after every step, in float32 and, over
// many steps, in float64; and its config.
#include "training.h"

namespace keratin::tests {
namespace {

class Optimizers : public OptimizerRows {};

TEST_P(Optimizers, StepAsKerasSteps) {
  for (const Runner runner : {Runner::executable, Runner::evaluate}) {
    SCOPED_TRACE(runner == Runner::evaluate ? "evaluate" : "executable");
    Training training(row(), DType::float32, runner);
    const Tensor& states = golden().at(row().index, "states");
    for (std::size_t i = 0; i < 7; ++i) {
      SCOPED_TRACE("step " + std::to_string(i));
      training.step(i);
      expect_values(training.values(), states, i, float32_steps);
      if (const Tensor* scales = golden().find(row().index, "scales")) {
        const Optimizer& o = *training.optimizer;
        EXPECT_EQ(*o.shared_variable("step_counter")->value().data<std::int64_t>(),
                  scales->data<float>()[2 * i]);
        EXPECT_EQ(*o.shared_variable("dynamic_scale")->value().data<float>(),
                  scales->data<float>()[2 * i + 1]);
      }
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST_P(Optimizers, StayWithKerasInFloat64) {
  Training training(row(), DType::float64, Runner::executable);
  for (std::size_t i = 0; i < 50; ++i) training.step(i);
  expect_values(training.values(), golden().at(row().index, "final"), 0, {4.5e6, 4.5e6});  // 1e-9
}

TEST_P(Optimizers, WriteTheConfigOfKeras) {
  const Json object =
      serialization::parse_json(golden().meta(row().index).at("object").as_string(), row().def->class_name);
  const OptimizerPtr optimizer = make_optimizer(object, dialect_of(row()));
  EXPECT_EQ(print_json(sorted(optimizer_config(*optimizer))), print_json(sorted(object.at("config"))));
  if (dialect_of(row()) == Dialect::keras_3) {
    EXPECT_EQ(print_json(optimizer_config(*optimizer)), print_json(object.at("config")));
    EXPECT_EQ(print_json(optimizer_json(*optimizer)), print_json(object));
  }
}

INSTANTIATE_TEST_SUITE_P(All, Optimizers, testing::ValuesIn(all_rows()), name_of_row);

}  // namespace
}  // namespace keratin::tests
