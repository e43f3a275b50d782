// Times a graph through Context::run, packed or raw, with its share of the machine's peak.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "kernels/dot/gemm.h"
#include "runtime/exec/context.h"

namespace keratin::bench {

// What one core's tiles reach on data in the L1 cache, in GFLOP/s: the practical peak.
inline double peak() {
  static const double measured = [] {
    const gemm::Kernels& kernels = gemm::kernels();
    const std::int64_t rows = kernels.rows_at_most[static_cast<std::size_t>(kernels.widest)], depth = 64;
    std::vector<float> a(static_cast<std::size_t>(rows * depth), 0.5f);
    std::vector<float> b(static_cast<std::size_t>(kernels.strip() * depth), 0.5f);
    std::vector<float> c(static_cast<std::size_t>(kernels.strip() * rows));
    const auto vectors = static_cast<std::size_t>(kernels.widest);
    gemm::TileRun run{};
    gemm::MatrixRows(a.data(), depth).fill(0, rows, rows, &run, nullptr);
    const gemm::Tile tile{
        &run, 1, depth, b.data(), reinterpret_cast<const char*>(&run), 0, {c.data(), kernels.strip(), 0, {}}};
    double best = 1e9;
    constexpr int inner = 1000;
    for (int repeat = 0; repeat < 100; ++repeat) {
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0; i < inner; ++i) kernels.tile[vectors][static_cast<std::size_t>(rows)](tile);
      const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
      best = std::min(best, time.count() / inner);
    }
    return 2e-9 * static_cast<double>(rows * kernels.strip() * depth) / best;
  }();
  return measured;
}

// A compiled graph with values for everything.
class Running {
 public:
  Running(const ir::Graph& graph, bool packed, int threads = 1) {
    exec::CompileOptions options;
    options.threads = threads;
    const auto executable = exec::compile(graph, options);
    auto snapshot = std::make_shared<exec::Snapshot>();
    for (const ir::VariableInfo& info : graph.variables) snapshot->values.push_back(filled(info.type));
    auto prepared = std::make_shared<exec::Prepared>(executable, snapshot);
    if (packed) prepared->finish();
    context_ = std::make_unique<exec::Context>(prepared, std::make_shared<Team>(threads));
    for (const ir::Value& value : graph.inputs) tensors_.push_back(filled(value.type()));
    for (Tensor& tensor : tensors_) inputs_.push_back(tensor.raw());
    for (const ir::Output& output : graph.outputs) results_.push_back(filled(output.value.type()));
    for (Tensor& tensor : results_) outputs_.push_back(tensor.raw());
  }
  void run() { context_->run(inputs_.data(), outputs_.data()); }
  const exec::Executable& executable() const { return context_->executable(); }

 private:
  static Tensor filled(const ir::Type& type) {
    Tensor tensor(type.dtype, ir::to_shape(type.shape));
    std::memset(tensor.raw(), 0, tensor.bytes());
    if (type.dtype == DType::float32)
      for (std::size_t i = 0; i < tensor.elements(); ++i)
        tensor.data<float>()[i] = static_cast<float>(i % 13) * 0.01f;
    return tensor;
  }
  std::unique_ptr<exec::Context> context_;
  std::vector<Tensor> tensors_, results_;
  std::vector<const void*> inputs_;
  std::vector<void*> outputs_;
};

// Best time of a run: what a busy machine disturbs least.
inline void report(benchmark::State& state, Running& running, double flops) {
  running.run();
  double best = 1e9;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    running.run();
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(time.count());
    best = std::min(best, time.count());
  }
  state.counters["best_us"] = best * 1e6;
  if (flops > 0) {
    state.counters["GFLOP/s"] = flops / best * 1e-9;
    state.counters["of_peak"] = flops / best * 1e-9 / peak();
  }
}

}  // namespace keratin::bench
