// Files that real Keras and tf_keras saved in mid-training: three more steps give their losses and weights.
// Regularizers, constraints, moving statistics and frozen layers included.
#include <gtest/gtest.h>

#include <filesystem>

#include "../keras/tolerance.h"
#include "keratin/data.h"
#include "objective.h"
#include "run.h"
#include "runtime/train/optimizer_state.h"
#include "runtime/train/step.h"

namespace keratin::tests {
namespace {

const std::string folder = std::string(KERATIN_TEST_DATA) + "/golden/resume/";

class Resume : public testing::TestWithParam<const char*> {};

TEST_P(Resume, AsKerasGoesOn) {
  const std::filesystem::path file = folder + GetParam();
  std::map<std::string, Tensor> wanted;
  for (auto& [name, tensor] : read_npz(folder + file.stem().string() + ".npz")) wanted.emplace(name, tensor);
  const serialization::ModelDocument document = serialization::read_document(file);
  keras::LoadReport report;
  const keras::LayerPtr model = keras::make_model(document, report);
  keras::load_weights(*model, document, {}, ErrorCode::corrupt_file, report);
  const train::OptimizerPtr optimizer = train::read_optimizer(document);
  ASSERT_TRUE(optimizer != nullptr);
  train::StepGraph step = train::build_step(*model, mean_squared_error(), *optimizer);
  report.notes.clear();
  train::restore_state(*optimizer, document, report);
  EXPECT_TRUE(report.notes.empty());
  const train::Optimizer& counts =
      optimizer->def->loss_scale && optimizer->inner.size() == 1 ? *optimizer->inner[0] : *optimizer;
  EXPECT_EQ(*counts.iteration->value().data<std::int64_t>(), 3);
  const bool half = file.stem() == "mixed_loss_scale";  // in float16 kernels round as they like
  const Tolerance tolerance = half ? Tolerance{0x1p13, 0x1p13} : Tolerance{80, 80};
  GraphRun run(std::move(step.graph), std::move(step.variables), Runner::executable);
  for (int i = 0; i < 3; ++i) {
    SCOPED_TRACE("step " + std::to_string(i));
    const Tensor loss = run({wanted.at("x"), wanted.at("y")})[0];
    EXPECT_TRUE(near(loss, wanted.at("loss" + std::to_string(i)), DType::float32, tolerance));
    const std::vector<VariablePtr> variables = model->trainable_variables();
    for (std::size_t k = 0; k < variables.size(); ++k)
      EXPECT_TRUE(near(variables[k]->value(), wanted.at("step" + std::to_string(i) + "/" + std::to_string(k)),
                       DType::float32, tolerance))
          << variables[k]->path;
    if (testing::Test::HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Resume,
                         testing::Values("dense_adam.keras", "dense_adamw_ema.keras", "conv_sgd.keras",
                                         "conv_adafactor.keras", "mixed_loss_scale.keras", "conv_multi.keras",
                                         "conv_muon.keras", "dense_nadam.keras", "dense_adam_tf_keras.keras",
                                         "dense_adam_tf_keras.h5", "conv_rmsprop_tf_keras.h5",
                                         "dense_sgd_legacy.h5", "conv_adam_legacy.h5"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace keratin::tests
