// Loads a model and predicts: predict MODEL IMAGES.npy CLASSES.npy
#include <keratin/keratin.h>

#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 4) return std::cerr << "usage: predict MODEL IMAGES.npy CLASSES.npy\n", 2;
  const keratin::Model model = keratin::load_model(argv[1]);  // .keras, .h5, a folder, …
  std::cout << model.summary() << "\n";

  const keratin::Tensor x = keratin::read_npy(argv[2]);  // float32[n, 224, 224, 3]
  keratin::write_npy(argv[3], model.predict(x));
} catch (const keratin::Error& error) {
  std::cerr << error.what() << "\n";  // where, what was found, what was expected, what to do
  return 1;
}
