// bench_host_train FOLDER [--threads N]
//
// Trains FOLDER/model.keras on FOLDER/x.npy and y.npy, one batch again and again, as bench/peers/train_host.py does
// with Keras: first a line with the losses of the first steps, then answers to "run CALLS".
#include <time.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include "keratin/data.h"
#include "runtime/core/error.h"
#include "runtime/exec/program.h"
#include "runtime/train/loss.h"
#include "runtime/train/optimizer_state.h"
#include "runtime/train/step.h"

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

ir::Value cross_entropy(keras::Lowering& lowering, const std::vector<train::Prediction>& predictions) {
  const ir::Value y =
      lowering.graph.input("y", {DType::int32, {predictions[0].value.shape()[0]}});
  const train::LossObject loss = train::make_loss(serialization::Json("sparse_categorical_crossentropy"));
  return train::call_loss(loss, y, predictions[0].value);
}

class Trainer {
 public:
  Trainer(const std::string& folder, int threads)
      : x_(read_npy(folder + "/x.npy")), y_(read_npy(folder + "/y.npy")) {
    const serialization::ModelDocument document = serialization::read_document(folder + "/model.keras");
    keras::LoadReport report;
    model_ = keras::make_model(document, report);
    keras::load_weights(*model_, document, {}, ErrorCode::corrupt_file, report);
    optimizer_ = train::read_optimizer(document);
    train::StepGraph step = train::build_step(*model_, cross_entropy, *optimizer_);
    train::restore_state(*optimizer_, document, report);
    exec::CompileOptions options;
    options.threads = threads;
    options.name = "step";
    program_ = std::make_unique<exec::Program>(std::move(step.graph), std::move(step.variables), options);
    const std::vector<Shape> shapes = {x_.shape(), y_.shape()};
    const auto prepared = program_->prepare(program_->bind(shapes), program_->snapshot());
    prepared->finish();
    context_ = std::make_unique<exec::Context>(prepared, std::make_shared<Team>(threads));
    context_->carry(exec::Context::initial_state(*prepared));
  }
  void step() {
    const void* in[] = {x_.raw(), y_.raw()};
    void* out[] = {&loss_};
    context_->run(in, out);
  }
  double loss() const { return static_cast<double>(loss_); }

 private:
  Tensor x_, y_;
  keras::LayerPtr model_;
  train::OptimizerPtr optimizer_;
  std::unique_ptr<exec::Program> program_;
  std::unique_ptr<exec::Context> context_;
  float loss_ = 0;
};

int work(int argc, char** argv) {
  if (argc != 2 && !(argc == 4 && std::strcmp(argv[2], "--threads") == 0))
    throw std::runtime_error("usage: FOLDER [--threads N]");
  Trainer trainer(argv[1], argc == 4 ? std::atoi(argv[3]) : 1);
  std::printf("{\"losses\": [");
  for (int i = 0; i < 3; ++i) {
    trainer.step();
    std::printf("%s%.9g", i ? ", " : "", trainer.loss());
  }
  std::printf("]}\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    int calls = 0;
    if (!(words >> command >> calls) || command != "run") throw std::runtime_error("unknown line: " + line);
    const double wall = now_ms(CLOCK_MONOTONIC), cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < calls; ++i) trainer.step();
    std::printf("{\"wall_ms\": %.6f, \"cpu_ms\": %.6f, \"peak_mb\": %.1f}\n",
                (now_ms(CLOCK_MONOTONIC) - wall) / calls, (now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu) / calls,
                peak_mb());
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
