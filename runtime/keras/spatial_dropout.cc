#include "runtime/keras/spatial_dropout.h"

#include "runtime/core/error.h"

namespace keratin::keras {

ir::Dims spatial_noise_dims(ir::Value x, std::size_t rank, const std::string& data_format) {
  check(data_format == "channels_last" || data_format == "channels_first", ErrorCode::corrupt_file,
        "data_format \"", data_format, "\": expected channels_last or channels_first");
  check(x.rank() == rank, ErrorCode::corrupt_file, "wants an input of rank ", rank, ", got ",
        ir::to_string(x.type()));
  const std::size_t channels = data_format == "channels_first" ? 1 : rank - 1;
  ir::Dims shape = x.shape();
  for (std::size_t i = 1; i < shape.size(); ++i)
    if (i != channels) shape[i] = ir::Dim(1);
  return shape;
}

void amend_spatial_dropout(const Layer& layer, Json& object) {
  object["config"].erase("trainable");
  object["config"]["dtype"] = std::string(name_of(layer.dtype.variable()));
}

}  // namespace keratin::keras
