// What stands behind the public handles.
#pragma once

#include <atomic>
#include <map>
#include <mutex>

#include "keratin/model.h"
#include "runtime/exec/program.h"
#include "runtime/keras/model.h"
#include "serialization/document.h"

namespace keratin {
inline namespace v1 {

struct Model::State {
  keras::LayerPtr model;
  serialization::ModelDocument document;
  keras::LoadReport report;
  std::vector<std::string> report_lines;
  int threads = 1;
  std::mutex mutex;  // guards the programs below
  std::shared_ptr<exec::Program> inference, training;
  std::shared_ptr<Predictor::State> current;  // for the variables' present versions
  std::uint64_t current_version = 0;

  std::shared_ptr<exec::Program> program(bool training_branch);
  // Sum of the variables' versions: raised by every write.
  std::uint64_t version() const;
  Predictor predictor();
};

struct Predictor::State {
  std::shared_ptr<exec::Program> program;
  exec::SnapshotPtr snapshot;
  int threads = 1;
  std::vector<TensorSpec> inputs, outputs;
  // Checksums of the file's bytes: done before the first result is handed out.
  std::shared_ptr<std::vector<std::function<void()>>> checks;
  std::once_flag checked;
};

struct Context::State {
  std::shared_ptr<Predictor::State> predictor;
  std::shared_ptr<Team> team;
  std::vector<Shape> shapes;  // of the inputs that context is for
  std::unique_ptr<exec::Context> context;
  std::vector<ir::Type> output_types;
  std::vector<const void*> in;
  std::vector<void*> out;
};

TensorSpec spec_of(const std::string& name, const ir::Type& type);

}  // namespace v1
}  // namespace keratin
