#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
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

int bench(const Common& common) {
  const Clock::time_point start = Clock::now();
  LoadOptions load = common.load;
  load.initialise = true;
  const Model model = load_model(common.model, load);
  const double load_ms = ms_since(start);
  const Clock::time_point plan = Clock::now();
  const Predictor predictor = model.predictor();
  Context context = predictor.context();
  const double plan_ms = ms_since(plan);
  std::mt19937 random(1);
  std::vector<Tensor> inputs, outputs;
  for (const TensorSpec& spec : predictor.inputs())
    inputs.push_back(random_input(spec, common.batch_size, random));
  const Clock::time_point first = Clock::now();
  context.run(inputs, outputs);
  const double first_ms = ms_since(first), load_to_first_ms = load_ms + plan_ms + first_ms;
  check_finite(outputs);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // weights are packed behind the first run
  for (int i = 0; i < 3; ++i) context.run(inputs, outputs);
  std::vector<double> times;
  const Clock::time_point steady = Clock::now();
  while (times.size() < 1000 && (ms_since(steady) < 2000 || times.size() < 5)) {
    const Clock::time_point one = Clock::now();
    context.run(inputs, outputs);
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
  std::printf(format, load_ms, plan_ms, first_ms, load_to_first_ms, percentile(0.5), percentile(0.99),
              samples_per_s, peak_mb, threads);
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("bench", "times load, first call and steady state on random inputs");
  auto common = std::make_shared<Common>();
  common->batch_size = 1;
  add_common(*command, *common);
  command->callback([common, &run] { run = [common] { return bench(*common); }; });
}

}  // namespace keratin::cli
