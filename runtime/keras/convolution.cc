#include "runtime/keras/convolution.h"

namespace keratin::keras {

ir::Value finish_convolution(LowerContext& cx, ir::Value y, bool use_bias, DataFormat format,
                             const Activation& activation) {
  if (use_bias) y = y + cx.weight("bias");
  return activation(cx, from_channels_last(y, format));
}

}  // namespace keratin::keras
