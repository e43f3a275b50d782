// One thin way through every room: a file of real Keras, predicted, differentiated, trained a step, changed,
// saved.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "../train/objective.h"
#include "keratin/keratin.h"
#include "runtime/exec/program.h"
#include "runtime/train/step.h"

namespace keratin {
namespace {

const std::string golden = std::string(KERATIN_TEST_DATA) + "/golden/";
const std::string model_file = golden + "formats/first_slice.keras";

const Tensor& entry(const NamedTensors& tensors, const std::string& name) {
  for (const auto& [key, tensor] : tensors)
    if (key == name) return tensor;
  throw Error(ErrorCode::internal, "no entry " + name);
}

double largest(const Tensor& t) {
  double most = 0;
  for (float v : t.values<float>()) most = std::max(most, std::fabs(double(v)));
  return most;
}

void expect_near(const Tensor& found, const Tensor& expected, double tolerance) {
  ASSERT_EQ(found.shape(), expected.shape());
  for (std::size_t i = 0; i < found.elements(); ++i)
    EXPECT_NEAR(found.data<float>()[i], expected.data<float>()[i], tolerance * largest(expected))
        << "element " << i;
}

TEST(Slice, PredictsWhatKerasPredicts) {
  const Model model = load_model(model_file, {.threads = 1});
  const NamedTensors y = model.predict(read_npz(golden + "formats/first_slice.in.npz"));
  ASSERT_EQ(y.size(), 1u);
  expect_near(y[0].second, read_npz(golden + "formats/first_slice.out.npz")[0].second, 1e-5);
}

TEST(Slice, ABatchOfOneIsARowOfABatch) {
  const Model model = load_model(model_file, {.threads = 1});
  const Tensor x = read_npz(golden + "formats/first_slice.in.npz")[0].second;
  const Tensor all = model.predict(x), one = model.predict(x, {.batch_size = 1});
  expect_near(one, all, 1e-6);
}

TEST(Slice, NewWeightsAreUsed) {
  Model model = load_model(model_file, {.threads = 1});
  const Tensor x = read_npz(golden + "formats/first_slice.in.npz")[0].second;
  const Predictor before = model.predictor();
  Context old = before.context();
  std::vector<Tensor> first, again;
  old.run({x}, first);
  std::vector<Tensor> weights = model.get_weights();
  for (Tensor& weight : weights) {
    weight = weight.clone();
    for (std::size_t i = 0; i < weight.elements() && weight.dtype() == DType::float32; ++i)
      weight.data<float>()[i] *= 0.5f;
  }
  model.set_weights(weights);
  const Tensor changed = model.predict(x);
  Model fresh = load_model(model_file, {.threads = 1});
  fresh.set_weights(weights);
  expect_near(changed, fresh.predict(x), 1e-7);
  EXPECT_GT(std::fabs(changed.data<float>()[0] - first[0].data<float>()[0]), 1e-3);
  old.run({x}, again);  // a predictor is a snapshot
  expect_near(again[0], first[0], 0);
}

TEST(Slice, SavedAndLoadedAgainItIsTheSame) {
  const Model model = load_model(model_file, {.threads = 1});
  const std::string path = testing::TempDir() + "first_slice_saved.keras";
  model.save(path);
  const Model again = load_model(path, {.threads = 1});
  const Tensor x = read_npz(golden + "formats/first_slice.in.npz")[0].second;
  expect_near(again.predict(x), model.predict(x), 0);
  std::filesystem::remove(path);
}

// Two steps of SGD as one graph each, dropout and moving statistics included.
TEST(Slice, TrainsAsKerasTrains) {
  const NamedTensors expected = read_npz(golden + "slice/sgd.npz");
  const serialization::ModelDocument document = serialization::read_document(model_file);
  keras::LoadReport report;
  const keras::LayerPtr model = keras::make_model(document, report);
  keras::load_weights(*model, document, {}, ErrorCode::corrupt_file, report);
  for (const VariablePtr& variable : model->variables())
    if (variable->kind == VariableKind::seed) {
      const Tensor& seed = entry(expected, "seed");
      Tensor value(variable->dtype(), variable->shape());
      for (std::size_t i = 0; i < 2; ++i) {
        if (variable->dtype() == DType::int64)
          value.data<std::int64_t>()[i] = seed.data<std::int64_t>()[i];
        else if (variable->dtype() == DType::uint32)
          value.data<std::uint32_t>()[i] = static_cast<std::uint32_t>(seed.data<std::int64_t>()[i]);
        else
          value.data<std::int32_t>()[i] = static_cast<std::int32_t>(seed.data<std::int64_t>()[i]);
      }
      variable->assign(value);
    }
  const train::OptimizerPtr optimizer = train::make_optimizer("sgd");
  optimizer->learning_rate->assign(entry(expected, "learning_rate"));
  train::StepGraph step = train::build_step(*model, tests::mean_squared_error(), *optimizer);
  exec::Program program(std::move(step.graph), std::move(step.variables), {});
  const Tensor &x = entry(expected, "x"), &y = entry(expected, "y");
  const ir::Symbols dims = program.bind(std::vector<Shape>{x.shape(), y.shape()});
  for (int i = 0; i < 2; ++i) {
    exec::Context context(program.prepare(dims, program.snapshot()), std::make_shared<Team>(1));
    Tensor loss(DType::float32, {});
    const void* in[] = {x.raw(), y.raw()};
    void* out[] = {loss.raw()};
    std::vector<Tensor> changed;
    std::vector<void*> updates;
    for (const ir::Update& update : program.graph().updates) {
      const VariablePtr& variable = program.variables()[update.variable];
      changed.emplace_back(variable->dtype(), variable->shape());
    }
    for (Tensor& tensor : changed) updates.push_back(tensor.raw());
    context.run(in, out, updates.data());
    for (std::size_t k = 0; k < changed.size(); ++k)
      program.variables()[program.graph().updates[k].variable]->assign(changed[k]);
    const float keras_loss = *entry(expected, "loss" + std::to_string(i)).data<float>();
    EXPECT_NEAR(*loss.data<float>(), keras_loss, 1e-5 * keras_loss) << "step " << i;
  }
  std::size_t i = 0;
  for (const VariablePtr& variable : model->variables())
    if (variable->kind != VariableKind::seed)
      expect_near(variable->value(), entry(expected, "w" + std::to_string(i++)), 2e-5);
  EXPECT_EQ(i, 11u);
}

}  // namespace
}  // namespace keratin
