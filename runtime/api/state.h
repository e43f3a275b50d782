// What stands behind the public handles.
#pragma once

#include <map>
#include <optional>

#include "keratin/model.h"
#include "runtime/api/checks.h"
#include "runtime/api/home.h"
#include "runtime/exec/program.h"
#include "runtime/keras/model.h"
#include "runtime/train/optimizer_state.h"
#include "serialization/document.h"

namespace keratin {
inline namespace v1 {

struct Training;

struct Model::State {
  explicit State(keras::LayerPtr layer);

  HomePtr home = std::make_shared<Home>();
  keras::Layer& model() { return *home->model; }
  std::string file;  // starts messages; the model's name when it was built
  std::shared_ptr<Checks> checks = std::make_shared<Checks>(std::vector<std::function<void()>>());
  keras::LoadReport report;
  std::vector<std::string> report_lines;
  CustomObjects custom_objects;  // that it was loaded with: clones want them again
  int threads = 1;
  train::Dialect dialect = train::Dialect::keras_3;  // of the file, for what is trained
  // Of a compiled file, until its optimizer is wanted.
  struct CompiledFile {
    serialization::ModelDocument document;
    std::vector<VariablePtr> trainable;  // as the file had them
  };
  std::optional<CompiledFile> compiled_file;
  std::shared_ptr<Training> training_state;  // null: not compiled, or not wanted yet
  // Guarded by home->mutex.
  std::shared_ptr<exec::Program> inference, training;
  std::uint64_t training_structure = 0;       // home->structure that `training` was made for
  std::shared_ptr<Predictor::State> current;  // for the variables' present versions
  std::uint64_t current_version = 0;

  // The caller holds home->mutex.
  std::shared_ptr<exec::Program> program(bool training_branch);
  // Sum of the variables' versions: raised by every write.
  std::uint64_t version();
  Predictor predictor(bool training_branch);
};

struct Predictor::State {
  std::shared_ptr<exec::Program> program;
  exec::SnapshotPtr snapshot;
  int threads = 1;
  std::vector<TensorSpec> inputs, outputs;
  std::shared_ptr<Checks> checks;  // of the file that the weights came from
};

struct Context::State {
  std::shared_ptr<Predictor::State> predictor;
  std::shared_ptr<Team> team;
  std::vector<Shape> shapes;  // of the inputs that context is for
  std::unique_ptr<exec::Context> context;
  std::vector<ir::Type> output_types;
  std::vector<Tensor> call_state;  // of stateful layers, for all shapes
  std::vector<const void*> in;
  std::vector<void*> out;
};

TensorSpec spec_of(const std::string& name, const ir::Type& type);
int thread_count(int wanted);
// A load report as lines of text.
std::vector<std::string> lines_of(const keras::LoadReport& report);

}  // namespace v1
}  // namespace keratin
