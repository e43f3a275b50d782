// The user's functions as losses and metrics.
#pragma once

#include <functional>
#include <map>

#include "runtime/train/loss.h"
#include "runtime/train/metric.h"

namespace keratin::train {

// Values per sample, of targets and predictions.
using Function = std::function<ir::Value(ir::Value y_true, ir::Value y_pred)>;
using Functions = std::map<std::string, Function>;  // by the names that files use

LossObject custom_loss(const std::string& name, Function function, Flavour flavour);
// The mean of the function's values.
MetricObject custom_metric(const std::string& name, Function function, Flavour flavour);
// The user's function that identifier names, or null.
const std::pair<const std::string, Function>* find_function(const Functions& functions,
                                                            const Json& identifier);

}  // namespace keratin::train
