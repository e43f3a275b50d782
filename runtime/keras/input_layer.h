// InputLayer's config: what a model asks of a caller's tensor.
#pragma once

#include <optional>

#include "runtime/keras/config.h"

namespace keratin::keras {

struct InputConfig {
  std::vector<std::optional<std::int64_t>> batch_shape;  // null: any size
  bool sparse = false, ragged = false, optional = false;

  template <class V>
  void describe(V& v) {
    v("batch_shape", batch_shape);
    v("sparse", sparse, false);
    v("ragged", ragged, false);
    v("optional", optional, false);
  }
};

bool is_input_layer(const Layer& layer);
// The type of the tensor, with fresh symbols: the batch is "B", other unknown dims are <name>_<axis>.
ir::Type input_type(const Layer& layer);

}  // namespace keratin::keras
