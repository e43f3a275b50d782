#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>
#include <thread>

#include "commands.h"

namespace keratin::cli {
namespace {

using Clock = std::chrono::steady_clock;
double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Numbers in [-1, 1) for floats, 0 and 1 for integers: these fit an Embedding of any size.
Tensor random_input(const TensorSpec& spec, std::int64_t batch, std::mt19937& random) {
  Shape shape = spec.shape;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] < 0) shape[i] = i == 0 ? batch : 32;
  Tensor tensor(DType::float32, shape);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (std::size_t i = 0; i < tensor.elements(); ++i)
    tensor.data<float>()[i] = is_floating(spec.dtype) ? uniform(random) : static_cast<float>(random() & 1);
  return cast(tensor, spec.dtype);
}

void check_finite(const std::vector<Tensor>& outputs) {
  for (const Tensor& output : outputs) {
    if (!is_floating(output.dtype())) continue;
    const Tensor wide = cast(output, DType::float64);
    for (double value : wide.values<double>())
      if (!std::isfinite(value)) throw Error(ErrorCode::internal, "bench: an output is not finite");
  }
}

// What is timed again and again, made ready by the first call.
struct Timed {
  double load_ms, plan_ms, first_ms;
  std::function<void()> run;
};

Timed time_predictions(const Model& model, std::int64_t batch, double load_ms) {
  const Clock::time_point plan = Clock::now();
  const Predictor predictor = model.predictor();
  auto context = std::make_shared<Context>(predictor.context());
  const double plan_ms = ms_since(plan);
  std::mt19937 random(1);
  std::vector<Tensor> inputs, outputs;
  for (const TensorSpec& spec : predictor.inputs()) inputs.push_back(random_input(spec, batch, random));
  const Clock::time_point first = Clock::now();
  context->run(inputs, outputs);
  const double first_ms = ms_since(first);
  check_finite(outputs);
  return {load_ms, plan_ms, first_ms,
          [context, inputs, outputs]() mutable { context->run(inputs, outputs); }};
}

// Random targets of the outputs' shapes, or, for losses that want them, class numbers.
Dataset random_batch(const Model& model, std::int64_t batch, bool classes) {
  std::mt19937 random(1);
  Arrays arrays;
  auto key = [](const char* name, std::size_t i, std::size_t count) {
    return count == 1 ? std::string(name) : name + std::to_string(i);
  };
  const std::vector<TensorSpec> inputs = model.input_specs(), outputs = model.output_specs();
  for (std::size_t i = 0; i < inputs.size(); ++i)
    arrays.x.emplace_back(key("x", i, inputs.size()), random_input(inputs[i], batch, random));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    TensorSpec spec = outputs[i];
    if (classes) {
      spec.dtype = DType::int32;
      if (!spec.shape.empty()) spec.shape.pop_back();
    }
    arrays.y.emplace_back(key("y", i, outputs.size()), random_input(spec, batch, random));
  }
  return arrays;
}

void train(Model& model, const Dataset& batch) {
  for (const auto& [name, value] : model.train_on_batch(batch))
    if (!std::isfinite(value)) throw Error(ErrorCode::internal, "bench: " + name + " is not finite");
}

Timed time_steps(Model model, const Dataset& batch, double load_ms) {
  const Clock::time_point plan = Clock::now();
  if (!model.compiled()) {
    CompileOptions options;
    options.optimizer = "sgd";
    options.loss = "mean_squared_error";
    model.compile(options);
  }
  const double plan_ms = ms_since(plan);
  const Clock::time_point first = Clock::now();
  train(model, batch);
  return {load_ms, plan_ms, ms_since(first), [model, batch]() mutable { model.train_on_batch(batch); }};
}

struct BenchOptions : Common {
  bool train = false;
};

Timed prepare(const BenchOptions& common, bool classes) {
  const Clock::time_point start = Clock::now();
  LoadOptions load = common.load;
  load.initialise = true;
  const Model model = load_model(common.model, load);
  const double load_ms = ms_since(start);
  if (!common.train) return time_predictions(model, common.batch_size, load_ms);
  return time_steps(model, random_batch(model, common.batch_size, classes), load_ms);
}

// Losses and metrics adapt themselves to the first targets that they see, so that other ones want a fresh
// model.
Timed prepare(const BenchOptions& common) {
  if (!common.train) return prepare(common, false);
  try {
    return prepare(common, false);
  } catch (const Error& error) {
    const ErrorCode code = error.code();
    if (code != ErrorCode::data_mismatch && code != ErrorCode::invalid_argument) throw;
    return prepare(common, true);
  }
}

int bench(const BenchOptions& common) {
  Timed timed = prepare(common);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // weights are packed behind the first run
  for (int i = 0; i < 3; ++i) timed.run();
  std::vector<double> times;
  const Clock::time_point steady = Clock::now();
  while (times.size() < 1000 && (ms_since(steady) < 2000 || times.size() < 5)) {
    const Clock::time_point one = Clock::now();
    timed.run();
    times.push_back(ms_since(one));
  }
  const double total = ms_since(steady);
  const double samples_per_s =
      1000.0 * static_cast<double>(times.size()) * static_cast<double>(common.batch_size) / total;
  std::sort(times.begin(), times.end());
  auto percentile = [&](double p) {
    return times[static_cast<std::size_t>(p * static_cast<double>(times.size() - 1))];
  };
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double peak_mb = static_cast<double>(usage.ru_maxrss) / 1024;
  const char* format =
      common.json ? "{\"load_ms\": %.4f, \"plan_ms\": %.4f, \"first_ms\": %.4f, \"load_to_first_ms\": %.4f, "
                    "\"steady_ms\": {\"p50\": %.5f, \"p99\": %.5f}, "
                    "\"samples_per_s\": %.2f, \"peak_rss_mb\": %.1f, \"device\": \"cpu\", \"threads\": %d}\n"
                  : "load %.3f ms, plan %.3f ms, first %.3f ms, load to first %.3f ms\nsteady p50 %.4f ms, "
                    "p99 %.4f ms, %.1f samples/s\npeak "
                    "%.1f MB, cpu, %d threads\n";
  const int threads = common.load.threads
                          ? common.load.threads
                          : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::printf(format, timed.load_ms, timed.plan_ms, timed.first_ms,
              timed.load_ms + timed.plan_ms + timed.first_ms, percentile(0.5), percentile(0.99),
              samples_per_s, peak_mb, threads);
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("bench", "times load, first call and steady state on random inputs");
  auto common = std::make_shared<BenchOptions>();
  common->batch_size = 1;
  add_common(*command, *common);
  command->add_flag(
      "--train", common->train,
      "whole training steps, by the optimizer and loss in the file, else SGD and mean_squared_error");
  command->callback([common, &run] { run = [common] { return bench(*common); }; });
}

}  // namespace keratin::cli
