// Arrays by name to arrays in the order of a model's inputs and outputs.
#pragma once

#include "keratin/fit.h"
#include "runtime/api/state.h"
#include "runtime/train/trainer.h"

namespace keratin {
inline namespace v1 {

// x in the order of the specs, cast to their dtypes. Keys: names, x0 x1 … by position, x for the only one.
// Throws Error{data_mismatch} for a key that is no input, one given twice and one that is missing.
std::vector<Tensor> matched_inputs(const std::vector<TensorSpec>& specs, const NamedTensors& x);
// One batch or all samples. Targets and weights may be missing; floating targets become the outputs' dtype.
// class_weight makes weights of the only output's targets.
// Throws Error{data_mismatch} for lengths that differ, an empty array, weights that come twice.
train::Batch matched_batch(const std::vector<TensorSpec>& inputs, const std::vector<TensorSpec>& outputs,
                           const Arrays& arrays, const ClassWeight& class_weight);

}  // namespace v1
}  // namespace keratin
