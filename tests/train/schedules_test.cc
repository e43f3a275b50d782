// Every case of schedules, regularizers and constraints: the numbers of real Keras, and its config.
#include <gtest/gtest.h>

#include "../keras/golden.h"
#include "../keras/tolerance.h"
#include "run.h"
#include "runtime/train/constraint.h"
#include "runtime/train/regularizer.h"
#include "runtime/train/schedule.h"

namespace keratin::tests {
namespace {

using namespace train;

template <class Def>
Golden golden_of(const Def& def) {
  return Golden(std::string(KERATIN_TEST_DATA) + "/golden/optimizers/" + def.class_name + ".npz");
}

template <class Def>
Json object_of(const Def& def, std::size_t index) {
  Json object;
  object["class_name"] = def.class_name;
  object["config"] = serialization::parse_json(def.cases[index].config, def.class_name);
  return object;
}

Json saved(const Golden& golden, std::size_t index) {
  return serialization::parse_json(golden.meta(index).at("object").as_string(), "golden");
}

// The graph made by build, of one input, run both ways.
void expect_result(const Tensor& x, const Tensor& wanted, const std::function<ir::Value(ir::Value)>& build,
                   Tolerance tolerance = {8, 16}) {
  for (const Runner runner : {Runner::executable, Runner::evaluate}) {
    ir::Graph graph;
    graph.output("y", build(graph.input("x", {x.dtype(), ir::to_dims(x.shape())})));
    GraphRun run(std::move(graph), {}, runner);
    EXPECT_TRUE(near(run({x})[0], wanted, DType::float32, tolerance));
  }
}

TEST(Schedules, RatesOfBothFamilies) {
  ASSERT_EQ(registry_schedules().size(), 6u);
  for (const ScheduleDef* def : registry_schedules()) {
    const Golden golden = golden_of(*def);
    ASSERT_FALSE(def->cases.empty());
    for (std::size_t i = 0; i < def->cases.size(); ++i) {
      SCOPED_TRACE(std::string(def->class_name) + " " + def->cases[i].config);
      const Schedule schedule = make_schedule(object_of(*def, i));
      EXPECT_EQ(print_json(schedule_json(schedule)), print_json(saved(golden, i)));
      for (const char* family : {"rates", "tf_keras_rates"})
        for (std::size_t k = 0; k < def->cases[i].iterations.size(); ++k) {
          const float rate = golden.at(i, family).data<float>()[k];
          expect_result(
              Tensor::of<std::int64_t>({}, {def->cases[i].iterations[k]}), Tensor::of<float>({}, {rate}),
              [&](ir::Value step) { return learning_rate_at(schedule, step, DType::float32); }, {32, 0});
        }
    }
  }
}

TEST(Regularizers, PenaltiesOfKeras) {
  ASSERT_EQ(registry_regularizers().size(), 4u);
  for (const RegularizerDef* def : registry_regularizers()) {
    const Golden golden = golden_of(*def);
    ASSERT_FALSE(def->cases.empty());
    for (std::size_t i = 0; i < def->cases.size(); ++i) {
      SCOPED_TRACE(std::string(def->class_name) + " " + def->cases[i].config);
      const Regularizer regularizer = make_regularizer(object_of(*def, i));
      expect_result(golden.at(i, "x"), golden.at(i, "y"),
                    [&](ir::Value x) { return penalty_of(regularizer, x); });
      const Regularizer again = make_regularizer(saved(golden, i));
      EXPECT_EQ(print_json(regularizer_json(again)), print_json(saved(golden, i)));
    }
  }
}

TEST(Constraints, WeightsOfKeras) {
  ASSERT_EQ(registry_constraints().size(), 5u);
  for (const ConstraintDef* def : registry_constraints()) {
    const Golden golden = golden_of(*def);
    ASSERT_FALSE(def->cases.empty());
    for (std::size_t i = 0; i < def->cases.size(); ++i) {
      SCOPED_TRACE(std::string(def->class_name) + " " + def->cases[i].config);
      const Constraint constraint = make_constraint(object_of(*def, i));
      expect_result(golden.at(i, "x"), golden.at(i, "y"),
                    [&](ir::Value x) { return constrain(constraint, x); });
      const Constraint again = make_constraint(saved(golden, i));
      EXPECT_EQ(print_json(constraint_json(again)), print_json(saved(golden, i)));
    }
  }
}

TEST(Regularizers, ComeByName) {
  EXPECT_STREQ(make_regularizer("l2").def->class_name, "L2");
  EXPECT_STREQ(make_regularizer("l1_l2").def->class_name, "L1L2");
  EXPECT_STREQ(make_constraint("maxnorm").def->class_name, "MaxNorm");
  EXPECT_FALSE(make_regularizer(Json()));
  try {
    make_regularizer("mine");
    FAIL() << "an unknown regularizer was made";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
  }
}

}  // namespace
}  // namespace keratin::tests
