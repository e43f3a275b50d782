// bench_host_train FOLDER [--threads N]
//
// Trains FOLDER/model.keras on FOLDER/x.npy and y.npy, one batch again and again, as
// bench/peers/train_host.py does with Keras, through the public API: first a line with the losses of the
// first steps, then answers to "run CALLS" and "fit".
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "keratin/keratin.h"

namespace keratin::bench {
namespace {

double now_ms(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}
double peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0) return std::atof(line.c_str() + 6) / 1024;
  return 0;
}

class Trainer {
 public:
  Trainer(std::string folder, int threads) : folder_(std::move(folder)) {
    LoadOptions load;
    load.device = "cpu";
    load.threads = threads;
    model_ = load_model(folder_ + "/model.keras", load);
    const Tensor x = read_npy(folder_ + "/x.npy");
    batch_size_ = x.dim(0);
    batch_ = Dataset(x, read_npy(folder_ + "/y.npy"));
  }
  double step() {
    for (const auto& [name, value] : model_.train_on_batch(batch_))
      if (name == "loss") return value;
    throw std::runtime_error("train_on_batch gave no loss");
  }
  void read_epoch() {
    epoch_ = Dataset(read_npy(folder_ + "/epoch_x.npy"), read_npy(folder_ + "/epoch_y.npy"));
  }
  void fit() {
    FitOptions options;
    options.batch_size = batch_size_;
    options.verbose = Verbose::silent;
    model_.fit(epoch_, options);
  }

 private:
  std::string folder_;
  Model model_;
  std::int64_t batch_size_ = 0;
  Dataset batch_, epoch_;
};

template <class Work>
void time(int calls, const Work& work) {
  const double wall = now_ms(CLOCK_MONOTONIC), cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);
  for (int i = 0; i < calls; ++i) work();
  std::printf("{\"wall_ms\": %.6f, \"cpu_ms\": %.6f, \"peak_mb\": %.1f}\n",
              (now_ms(CLOCK_MONOTONIC) - wall) / calls, (now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu) / calls,
              peak_mb());
}

int work(int argc, char** argv) {
  if (argc != 2 && !(argc == 4 && std::string(argv[2]) == "--threads"))
    throw std::runtime_error("usage: FOLDER [--threads N]");
  Trainer trainer(argv[1], argc == 4 ? std::atoi(argv[3]) : 1);
  std::printf("{\"losses\": [");
  for (int i = 0; i < 3; ++i) std::printf("%s%.9g", i ? ", " : "", trainer.step());
  std::printf("]}\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    int calls = 0;
    words >> command;
    if (command == "run" && words >> calls) {
      time(calls, [&] { trainer.step(); });
    } else if (command == "fit") {
      trainer.read_epoch();
      trainer.fit();
      time(1, [&] { trainer.fit(); });
    } else {
      throw std::runtime_error("unknown line: " + line);
    }
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace keratin::bench

int main(int argc, char** argv) {
  try {
    return keratin::bench::work(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
