// An optimizer's state in files: which variables are listed, in which order and under which names, per
// dialect; reading it from a document and adding it to one.
#pragma once

#include "runtime/keras/report.h"
#include "runtime/train/optimizer.h"
#include "serialization/document.h"

namespace keratin::train {

struct ListedVariable {
  std::string name;  // "adam/dense_kernel_momentum", "Adam/m/dense/kernel:0", "Adam/dense/kernel/m:0"
  VariablePtr variable;
};
// The one list that `.keras`, `.weights.h5` and h5 files hold.
std::vector<ListedVariable> list_state(const Optimizer& optimizer, Dialect dialect);

// Who wrote a document, as far as optimizers differ.
Dialect dialect_of(const serialization::ModelDocument& document);
// The optimizer that a document's model was compiled with, not built yet; null when there is none.
// Throws Error{unsupported, corrupt_file}.
OptimizerPtr read_optimizer(const serialization::ModelDocument& document);
// Points the built optimizer's state at the document's; before a step is built, for a learning rate of
// another dtype becomes another variable. What the file's family doesn't store is named in the report. Throws
// Error{corrupt_file} when the state is another optimizer's or another model's; nothing has changed then.
void restore_state(Optimizer& optimizer, const serialization::ModelDocument& document,
                   keras::LoadReport& report);
// Both are built and of one class. What belongs to a trained variable goes with it, for those that both
// train.
void copy_state(const Optimizer& from, Optimizer& to);
// Adds config and state to a document of the optimizer's dialect, in the layout of its weights.
void store_optimizer(const Optimizer& optimizer, serialization::ModelDocument& document);

}  // namespace keratin::train
