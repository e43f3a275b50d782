// Numbers of a config as a constant of one axis.
#pragma once

#include <span>

#include "runtime/ir/build.h"
#include "serialization/json/json.h"

namespace keratin::train {

ir::Value vector_of(ir::Graph& graph, DType dtype, std::span<const double> numbers);
// numbers: a list, one number, or a tensor's object form {"class_name": "__tensor__", …}.
ir::Value vector_of(ir::Graph& graph, DType dtype, const serialization::Json& numbers);
std::vector<double> numbers_of(const serialization::Json& numbers);

}  // namespace keratin::train
