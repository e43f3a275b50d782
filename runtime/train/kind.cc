#include "runtime/train/kind.h"

#include <algorithm>

namespace keratin::train {

TargetKind kind_of_targets(const ir::Type& y_true, const ir::Type& y_pred) {
  const ir::Dim one(1);
  const ir::Dim* last_true = y_true.rank() > 0 ? &y_true.shape.back() : nullptr;
  const ir::Dim* last_pred = y_pred.rank() > 0 ? &y_pred.shape.back() : nullptr;
  if (last_pred && *last_pred == one) return TargetKind::binary;
  if (y_true.rank() < y_pred.rank() || (last_true && *last_true == one))
    return TargetKind::sparse_categorical;
  return TargetKind::categorical;
}

const char* name_of(TargetKind kind) {
  constexpr const char* names[] = {"binary", "categorical", "sparse_categorical"};
  return names[static_cast<int>(kind)];
}

bool is_one_of(const serialization::Json& identifier, std::initializer_list<std::string_view> names) {
  if (!identifier.is_string()) return false;
  std::string lower = identifier.as_string();
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(names.begin(), names.end(), lower) != names.end();
}

std::string policy_name(const serialization::Json& dtype) {
  if (!dtype.is_object()) return dtype.as_string();
  const serialization::Json* config = dtype.find("config");
  return (config ? config->at("name") : dtype.at("name")).as_string();
}

}  // namespace keratin::train
