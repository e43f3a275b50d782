#include "runtime/train/regularizer.h"

#include <numeric>

namespace keratin::train {

Regularizer make_regularizer(const Json& object) {
  return make_configured(object, registry_regularizers(), "regularizer");
}

Json regularizer_json(const Regularizer& regularizer) {
  return configured_json(regularizer, "keras.regularizers");
}

ir::Value penalty_of(const Regularizer& regularizer, ir::Value x) {
  return regularizer.def->penalty(x, regularizer.config.get());
}

ir::Value sum_all(ir::Value x) {
  ir::Ints axes(x.rank());
  std::iota(axes.begin(), axes.end(), 0);
  return axes.empty() ? x : ir::sum(x, std::move(axes));
}

}  // namespace keratin::train
