// Config, noise and lowering of SpatialDropout1D, SpatialDropout2D and SpatialDropout3D: one number per
// sample and channel.
#pragma once

#include "runtime/keras/random.h"

namespace keratin::keras {

template <std::size_t rank>  // spatial
struct SpatialDropoutConfig {
  double rate;
  std::optional<std::int64_t> seed;
  std::string data_format = "channels_last";

  template <class V>
  void describe(V& v) {
    v("rate", rate);
    v("seed", seed, nullptr);
    if constexpr (rank > 1) v("data_format", data_format, "channels_last");
  }
};

template <std::size_t rank>
void build_spatial_dropout(BuildContext& cx, const SpatialDropoutConfig<rank>& c) {
  build_random(cx, c.rate, c.seed);
}

// One number per sample and channel of an input of this rank.
ir::Dims spatial_noise_dims(ir::Value x, std::size_t rank, const std::string& data_format);

template <std::size_t rank>
ir::Values lower_spatial_dropout(LowerContext& cx, const SpatialDropoutConfig<rank>& c) {
  return {dropout(cx, cx.input(), c.rate, spatial_noise_dims(cx.input(), rank + 2, c.data_format))};
}

// The config has no trainable, and the dtype as a name.
void amend_spatial_dropout(const Layer& layer, Json& object);

template <std::size_t rank>
constexpr LayerDef define_spatial_dropout(LayerDef def) {
  def.masking = Masking::passes;
  def.amend = amend_spatial_dropout;
  return define_layer<SpatialDropoutConfig<rank>, build_spatial_dropout<rank>, lower_spatial_dropout<rank>>(
      std::move(def));
}

}  // namespace keratin::keras
