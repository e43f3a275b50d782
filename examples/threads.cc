// One immutable Predictor, a Context per thread, buffers of the caller: threads MODEL
#include <keratin/keratin.h>

#include <atomic>
#include <iostream>
#include <thread>

int main(int argc, char** argv) try {
  if (argc != 2) return std::cerr << "usage: threads MODEL\n", 2;
  const keratin::Model model = keratin::load_model(argv[1], {.threads = 1});
  const keratin::Predictor serve = model.predictor();

  std::atomic<int> done{0};
  auto work = [&] {
    keratin::Context context = serve.context();
    std::vector<keratin::Tensor> inputs, outputs;
    for (const keratin::TensorSpec& spec : serve.inputs()) {
      keratin::Shape shape = spec.shape;
      for (std::int64_t& dim : shape) dim = dim < 0 ? 1 : dim;
      inputs.push_back(keratin::Tensor::zeros(spec.dtype, shape));
    }
    for (int i = 0; i < 100; ++i) {
      context.run(inputs, outputs);  // the first run makes the outputs, later ones write into them
      ++done;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  std::cout << done << " runs\n";
  return 0;
} catch (const keratin::Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
