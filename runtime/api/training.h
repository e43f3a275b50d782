// What a model that is trained has beside itself.
#pragma once

#include "keratin/compile.h"
#include "runtime/api/state.h"
#include "runtime/train/compile_config.h"
#include "runtime/train/trainer.h"

namespace keratin {
inline namespace v1 {

struct Training {
  train::CompileArguments arguments;
  train::Functions functions;     // the user's among them
  train::OptimizerPtr optimizer;  // null: compiled without
  std::unique_ptr<train::Trainer> trainer;
  bool stop = false;  // asked by a callback
};

// The model's, restored from its file on first need. Throws Error{invalid_argument} when it isn't compiled,
// Error{unsupported, corrupt_file} for what its file says and can't be restored.
Training& training_of(Model::State& state);
// Lines about what of the file's training can't be restored; empty where all can, or it isn't compiled.
std::vector<std::string> training_problems(Model::State& state);
// Adds what the model was compiled with, and its optimizer's state, to a document of its own; nothing where
// it isn't compiled. Throws as training_of does.
void store_training(Model::State& state, serialization::ModelDocument& document);

}  // namespace v1
}  // namespace keratin
