// What a file says of how its model was compiled.
#pragma once

#include "runtime/train/optimizer_state.h"
#include "runtime/train/reduction.h"
#include "runtime/train/tasks.h"

namespace keratin::train {

Flavour flavour_of(Dialect dialect);
// Losses and metrics of the document's compile_config or training_config.
CompileArguments read_arguments(const serialization::ModelDocument& document,
                                const std::vector<std::string>& outputs);
// The same losses and metrics in the words of the other family. Throws Error{unsupported} where that has
// none.
CompileArguments converted(const CompileArguments& arguments, const std::vector<std::string>& outputs,
                           Flavour from, Flavour to);
// Adds them, and the optimizer with its state where there is one, to a document of their own family.
void store_compiled(const CompileArguments& arguments, const Optimizer* optimizer,
                    serialization::ModelDocument& document);

// The same optimizer for fewer or other variables: state goes with the variables that stay.
OptimizerPtr rebuilt(const Optimizer& optimizer, std::vector<VariablePtr> trainable);

}  // namespace keratin::train
