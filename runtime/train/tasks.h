// What compile() is told, sorted by the model's outputs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/train/reduction.h"
#include "serialization/json/json.h"

namespace keratin::train {

using serialization::Json;

// Keras' arguments as its compile_config has them: a name, an object form, or lists and dicts of these.
struct CompileArguments {
  Json loss, loss_weights, metrics, weighted_metrics;
};

// One output's part.
struct OutputTask {
  std::string output;
  Json loss;  // null: none
  std::optional<double> loss_weight;
  std::vector<Json> metrics, weighted_metrics;
};

// One per output, in order. The two families spread lists over several outputs differently.
// Throws Error{invalid_argument} for keys that are no outputs, and lists of another length.
std::vector<OutputTask> tasks_of(const CompileArguments& arguments, const std::vector<std::string>& outputs,
                                 Flavour flavour);

}  // namespace keratin::train
