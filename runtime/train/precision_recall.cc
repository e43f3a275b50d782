#include "runtime/train/precision_recall.h"

namespace keratin::train {

std::optional<std::int64_t> integer_or_none(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.as_integer());
}

Confusion confusion_of(const PrecisionRecallConfig& c) {
  // With top_k, whatever is among them counts as positive
  Confusion made = confusion_at(c.thresholds, c.top_k.is_null() ? 0.5 : -1e10);
  made.top_k = integer_or_none(c.top_k);
  made.class_id = integer_or_none(c.class_id);
  return made;
}

}  // namespace keratin::train
