#include "runtime/api/arrays.h"

#include <algorithm>

#include "runtime/core/cast.h"
#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin {
inline namespace v1 {
namespace {

using Specs = std::vector<TensorSpec>;
using Matched = std::vector<std::optional<Tensor>>;

// The tensor that a key names, or specs.size(): by name first, then x0 x1 … by position, then x for the only
// one.
std::size_t place_of(const Specs& specs, const std::string& key, const std::string& letter) {
  for (std::size_t i = 0; i < specs.size(); ++i)
    if (key == specs[i].name) return i;
  for (std::size_t i = 0; i < specs.size(); ++i)
    if (key == letter + std::to_string(i)) return i;
  return specs.size() == 1 && key == letter ? 0 : specs.size();
}

Matched match(const Specs& specs, const NamedTensors& given, const std::string& letter, const char* what) {
  Matched found(specs.size());
  for (const auto& [key, tensor] : given) {
    const std::size_t i = place_of(specs, key, letter);
    if (i == specs.size()) {
      std::string names;
      for (const TensorSpec& spec : specs) names += (names.empty() ? "\"" : ", \"") + spec.name + "\"";
      fail(ErrorCode::data_mismatch, "key \"", key, "\" is no ", what, " of the model; it ",
           *what == 'i' ? "takes " : "gives ", names, " or ", letter,
           specs.size() == 1 ? "" : cat("0, ", letter, "1, … in this order"));
    }
    check(!found[i], ErrorCode::data_mismatch, what, " \"", specs[i].name, "\" is given twice; key \"", key,
          "\" names it, too");
    found[i] = tensor;
  }
  return found;
}

// Keras' floatx, or float64 of a model that computes so.
DType float_of(const TensorSpec& output) {
  return output.dtype == DType::float64 ? DType::float64 : DType::float32;
}

void check_samples(const std::string& what, const Tensor& tensor, std::int64_t samples) {
  check(tensor.rank() > 0 && tensor.dim(0) == samples, ErrorCode::data_mismatch, what, ": shape ",
        to_string(tensor.shape()), " for ", samples, " samples");
}

// Each sample's class: numbers as they are, the largest of a one-hot row.
Tensor weights_of_classes(const Tensor& y, const TensorSpec& output, const ClassWeight& weights) {
  const Tensor values = cast_tensor(y, DType::float64);
  const std::size_t samples = static_cast<std::size_t>(y.dim(0));
  const std::size_t width = samples ? values.elements() / samples : 0;
  check(y.rank() <= 2, ErrorCode::data_mismatch, "class_weight: targets of shape ", to_string(y.shape()),
        "; expected one class per sample");
  Tensor made(float_of(output) == DType::float64 ? DType::float64 : DType::float32, {y.dim(0)});
  Tensor doubles(DType::float64, {y.dim(0)});
  for (std::size_t i = 0; i < samples; ++i) {
    const double* row = values.data<double>() + i * width;
    const auto number = width == 1 ? static_cast<std::int64_t>(row[0])
                                   : static_cast<std::int64_t>(std::max_element(row, row + width) - row);
    const auto found = weights.find(number);
    doubles.data<double>()[i] = found == weights.end() ? 1 : found->second;
  }
  return cast_tensor(doubles, made.dtype());
}

Matched match_weights(const Specs& outputs, const NamedTensors& given) {
  if (given.size() == 1 && (given[0].first == "sample_weight" || given[0].first.empty()))
    return Matched(outputs.size(), given[0].second);
  return match(outputs, given, "sample_weight", "output");
}

}  // namespace

std::vector<Tensor> matched_inputs(const Specs& specs, const NamedTensors& x) {
  const Matched found = match(specs, x, "x", "input");
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    check(found[i].has_value(), ErrorCode::data_mismatch, "input \"", specs[i].name,
          "\" is missing; give it under this name", specs.size() == 1 ? " or as x" : cat(" or as x", i));
    inputs.push_back(cast_tensor(*found[i], specs[i].dtype));
  }
  return inputs;
}

train::Batch matched_batch(const Specs& inputs, const Specs& outputs, const Arrays& arrays,
                           const ClassWeight& class_weight) {
  train::Batch batch;
  batch.x = matched_inputs(inputs, arrays.x);
  batch.y = match(outputs, arrays.y, "y", "output");
  batch.weights = match_weights(outputs, arrays.sample_weight);
  const std::int64_t samples = batch.x[0].rank() ? batch.x[0].dim(0) : 0;
  check(samples > 0, ErrorCode::data_mismatch, "input \"", inputs[0].name, "\" holds no samples");
  for (std::size_t i = 0; i < inputs.size(); ++i)
    check_samples("input \"" + inputs[i].name + "\"", batch.x[i], samples);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string of = "\"" + outputs[i].name + "\"";
    const DType dtype = float_of(outputs[i]);
    if (batch.y[i]) {
      check_samples("target of output " + of, *batch.y[i], samples);
      if (is_floating(batch.y[i]->dtype())) batch.y[i] = cast_tensor(*batch.y[i], dtype);
    }
    if (batch.weights[i]) {
      check_samples("sample_weight of output " + of, *batch.weights[i], samples);
      batch.weights[i] = cast_tensor(*batch.weights[i], dtype);
    }
    if (batch.weights[i] && !batch.y[i]) batch.weights[i].reset();
  }
  if (class_weight.empty()) return batch;
  check(outputs.size() == 1, ErrorCode::data_mismatch, "class_weight: the model has ", outputs.size(),
        " outputs; it is for models of one");
  check(!batch.weights[0], ErrorCode::data_mismatch,
        "class_weight and sample_weight are both given; use one");
  check(batch.y[0].has_value(), ErrorCode::data_mismatch, "class_weight: there are no targets");
  batch.weights[0] = weights_of_classes(*batch.y[0], outputs[0], class_weight);
  return batch;
}

}  // namespace v1
}  // namespace keratin
