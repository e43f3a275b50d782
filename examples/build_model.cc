// Keras' functional API: a new head on the features of a model, here one that is built on the spot.
#include <keratin/keratin.h>

#include <iostream>

namespace layers = keratin::layers;

keratin::Model features() {
  const keratin::SymbolicTensor image = keratin::Input({32, 32, 3}, {.name = "image"});
  keratin::SymbolicTensor x = layers::Conv2D(
      {.filters = 8, .kernel_size = {3}, .padding = "same", .activation = "relu", .name = "conv"})(image);
  x = layers::MaxPooling2D({.pool_size = {2}, .name = "pool"})(x);
  x = layers::GlobalAveragePooling2D({.name = "avg_pool"})(x);
  return keratin::Model(image,
                        layers::Dense({.units = 1000, .activation = "softmax", .name = "predictions"})(x));
}

int main() try {
  keratin::Model base = features();
  base.set_trainable(false);

  const keratin::SymbolicTensor pooled = base.get_layer("avg_pool").output();
  const keratin::SymbolicTensor head =
      layers::Dense({.units = 5, .activation = "softmax", .name = "head"})(pooled);
  const keratin::Model tuned(base.inputs(), head, "tuned");
  std::cout << tuned.summary() << "\n";

  const keratin::Model chain =
      keratin::Sequential(keratin::Input({4}), {layers::Dense({.units = 8, .activation = "gelu"}),
                                                layers::Dropout({.rate = 0.5}), layers::Dense({.units = 3})});
  const keratin::Tensor y = chain.predict(keratin::Tensor::zeros(keratin::DType::float32, {2, 4}));
  std::cout << y.dim(0) << " x " << y.dim(1) << "\n";
  std::cout << keratin::model_from_json(tuned.to_json()).layers().size() << " layers again\n";
  return 0;
} catch (const keratin::Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
