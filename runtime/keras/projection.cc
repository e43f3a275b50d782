#include "runtime/keras/projection.h"

namespace keratin::keras {

// Letters as Keras gives them: free axes, contracted axes, new axes.
void add_projection(BuildContext& cx, const ProjectionConfig& config, const Projection& projection,
                    const ir::Type& input) {
  check(input.rank() > projection.bound && input.rank() + projection.outputs.size() <= 26,
        ErrorCode::corrupt_file, "input ", ir::to_string(input), " can't be projected");
  const std::size_t free = input.rank() - projection.bound;
  auto letters = [](std::size_t from, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('a' + from + i);
    return text;
  };
  const std::string kept = letters(0, free), bound = letters(free, projection.bound),
                    added = letters(input.rank(), projection.outputs.size());
  Json::Array shape;
  for (std::size_t i = 1; i < free; ++i) shape.push_back(nullptr);
  for (std::int64_t size : projection.outputs) shape.push_back(size);
  Json c = Json(Json::Object{});
  c["equation"] = kept + bound + "," + bound + added + "->" + kept + added;
  c["output_shape"] = std::move(shape);
  c["activation"] = projection.activation;
  c["bias_axes"] = projection.use_bias ? Json(added) : Json();
  c["kernel_initializer"] = config.kernel_initializer.object;
  c["bias_initializer"] = config.bias_initializer.object;
  c["kernel_regularizer"] = config.kernel_regularizer.object;
  c["bias_regularizer"] = config.bias_regularizer.object;
  c["activity_regularizer"] = config.activity_regularizer.object;
  c["kernel_constraint"] = config.kernel_constraint.object;
  c["bias_constraint"] = config.bias_constraint.object;
  cx.add_layer(projection.attribute,
               make_layer("EinsumDense", projection.name, cx.layer().dtype, std::move(c)), {input},
               projection.old_attribute);
}

}  // namespace keratin::keras
