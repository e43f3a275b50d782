// What targets are, seen from their shapes and those of the predictions: decides what "accuracy" and
// "crossentropy" stand for.
#pragma once

#include <initializer_list>
#include <string_view>

#include "runtime/ir/type.h"
#include "serialization/json/json.h"

namespace keratin::train {

enum class TargetKind { binary, categorical, sparse_categorical };
TargetKind kind_of_targets(const ir::Type& y_true, const ir::Type& y_pred);
const char* name_of(TargetKind kind);  // "binary" …

// Whether identifier is one of these names, in any letter case.
bool is_one_of(const serialization::Json& identifier, std::initializer_list<std::string_view> names);
// The name of a dtype or of a dtype policy's object form.
std::string policy_name(const serialization::Json& dtype);

}  // namespace keratin::train
