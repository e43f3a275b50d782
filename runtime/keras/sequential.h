// Sequential: a chain of layers.
#pragma once

#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin::keras {

struct SequentialConfig {
  std::vector<LayerPtr> layers;  // the InputLayer included where the file has one
  Json build_input_shape;        // of files without an InputLayer

  template <class V>
  void describe(V& v) {
    v("layers", layers);
    v("build_input_shape", build_input_shape, nullptr);
  }
};

bool is_sequential(const Layer& layer);
const SequentialConfig& sequential_config(const Layer& layer);
// The type of its input, as far as the config tells.
std::optional<ir::Type> sequential_input(const SequentialConfig& config);

}  // namespace keratin::keras
