// Metrics: state that every batch updates, and a result of it; all as graph values, so that they sit in the
// one graph of a step. One file each in metrics/.
#pragma once

#include "runtime/train/configured.h"
#include "runtime/train/reduction.h"

namespace keratin::train {

// A row of the tests: config and the data of one batch, as in LossCase.
struct MetricCase {
  const char* config;
  const char* data;
  // |a - b| <= (relative |b| + scaled max|b|) eps
  double relative = 16, scaled = 16;
};

// A variable of a metric's state, as Keras names and shapes it; it starts as zeros.
struct MetricVariable {
  std::string name;
  Shape shape;
  DType dtype;
};

// What one batch brings. sample_weight and mask (of y_pred) may be null. Mean, Sum and MeanTensor look at
// y_pred alone: the values themselves.
struct MetricInput {
  ir::Value y_true, y_pred, sample_weight, mask;
};

// How a metric is computed, and the mask that its function makes of its values (ignored classes), or null.
struct MetricContext {
  Flavour flavour = Flavour::keras3;
  DType dtype = DType::float32;
  bool is_function = false;  // given by the name of a function
  ir::Value mask = {};
  bool keras3() const { return flavour == Flavour::keras3; }
};

struct MetricDef {
  const char* class_name;
  const char* default_name;
  const char* tf_keras_name = nullptr;        // where that is another
  std::span<const char* const> aliases = {};  // names of functions, and short ones
  DType default_dtype = DType::float32;       // Keras 3's
  DType tf_keras_dtype = DType::float32;
  std::span<const MetricCase> cases = {};
  ConfigFunctions config = {};
  std::vector<MetricVariable> (*variables)(const MetricContext& cx, const void* config,
                                           const ir::Type& y_pred) = nullptr;
  ir::Values (*update)(MetricContext& cx, const void* config, const ir::Values& state,
                       const MetricInput& input) = nullptr;
  ir::Value (*result)(const MetricContext& cx, const void* config, const ir::Values& state) = nullptr;
};

template <class Config, auto Variables, auto Update, auto Result>
constexpr MetricDef define_metric(MetricDef def) {
  def.config = config_functions<Config>();
  def.variables = [](const MetricContext& cx, const void* config, const ir::Type& y_pred) {
    return Variables(cx, *static_cast<const Config*>(config), y_pred);
  };
  def.update = [](MetricContext& cx, const void* config, const ir::Values& state, const MetricInput& input) {
    return Update(cx, *static_cast<const Config*>(config), state, input);
  };
  def.result = [](const MetricContext& cx, const void* config, const ir::Values& state) {
    return Result(cx, *static_cast<const Config*>(config), state);
  };
  return def;
}

struct MetricObject {
  const MetricDef* def = nullptr;
  ConfigPtr config;
  Flavour flavour = Flavour::keras3;
  std::string name;
  DType dtype = DType::float32;
  bool is_function = false;
  explicit operator bool() const { return def != nullptr; }
};

// identifier: a name ("mse", "AUC", "sparse_categorical_accuracy") or an object form of any vintage. A metric
// given by a name is called so. Throws Error{unsupported} naming an unknown one, Error{corrupt_file}.
MetricObject make_metric(const Json& identifier, Flavour flavour = Flavour::keras3);
// The same where "accuracy", "acc", "crossentropy" and "ce" depend on the shapes.
MetricObject make_metric(const Json& identifier, const ir::Type& y_true, const ir::Type& y_pred,
                         Flavour flavour = Flavour::keras3);
// The object form, as Keras 3 writes it.
Json metric_json(const MetricObject& metric);
const MetricDef* find_metric_def(std::string_view class_or_function);  // or null

// y_pred's type says what sizes the state has where the config doesn't.
std::vector<MetricVariable> metric_variables(const MetricObject& metric, const ir::Type& y_pred);
// The state after this batch.
ir::Values update_metric(const MetricObject& metric, const ir::Values& state, const MetricInput& input);
// A scalar, or a vector where the config asks for several (thresholds, classes).
ir::Value metric_result(const MetricObject& metric, const ir::Values& state);

}  // namespace keratin::train

namespace keratin {
std::span<const train::MetricDef* const> registry_metrics();
}
