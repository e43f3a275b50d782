// Runs a graph by kernels (raw and packed parameters, one and two threads) and by the references.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "runtime/core/cast.h"
#include "runtime/core/half.h"
#include "runtime/core/shape.h"
#include "runtime/exec/context.h"
#include "runtime/ir/evaluate.h"
#include "runtime/ir/print.h"

namespace keratin::test {

inline Tensor random_tensor(const ir::Type& type, std::mt19937& generator, double low = -1, double high = 1) {
  Tensor tensor(type.dtype, ir::to_shape(type.shape));
  std::uniform_real_distribution<double> real(low, high);
  for (std::size_t i = 0; i < tensor.elements(); ++i) {
    if (type.dtype == DType::float32)
      tensor.data<float>()[i] = static_cast<float>(real(generator));
    else if (type.dtype == DType::bfloat16)
      tensor.data<BFloat16>()[i] = BFloat16(static_cast<float>(real(generator)));
    else if (type.dtype == DType::boolean)
      tensor.data<bool>()[i] = real(generator) > (low + high) / 2;
    else if (type.dtype == DType::int32)
      tensor.data<std::int32_t>()[i] = static_cast<std::int32_t>(std::floor(real(generator)));
    else
      ADD_FAILURE() << "no random " << name_of(type.dtype);
  }
  return tensor;
}

inline void expect_near(const Tensor& found, const Tensor& expected, double tolerance,
                        const std::string& what) {
  ASSERT_EQ(found.elements(), expected.elements());
  if (expected.dtype() == DType::bfloat16)
    return expect_near(cast_tensor(found, DType::float32), cast_tensor(expected, DType::float32), tolerance,
                       what);
  if (expected.dtype() != DType::float32) {
    EXPECT_EQ(std::memcmp(found.raw(), expected.raw(), expected.bytes()), 0) << what;
    return;
  }
  double largest = 1;
  for (float v : expected.values<float>())
    if (std::isfinite(v)) largest = std::max(largest, std::fabs(static_cast<double>(v)));
  for (std::size_t i = 0; i < expected.elements(); ++i) {
    const float a = found.values<float>()[i], b = expected.values<float>()[i];
    if (std::isfinite(b))
      ASSERT_NEAR(a, b, tolerance * largest) << what << " at " << i;
    else
      ASSERT_TRUE(std::isnan(b) ? std::isnan(a) : a == b) << what << " at " << i << ": " << a << " not " << b;
  }
}

// The steps of graph that ran by their references although kernels exist fail the test, too.
inline void expect_kernels(const ir::Graph& graph, double tolerance = 1e-5, double low = -1, double high = 1,
                           bool may_evaluate = false) {
  SCOPED_TRACE(ir::print(graph));
  std::mt19937 generator(7);
  std::vector<Tensor> inputs, variables;
  for (const ir::Value& value : graph.inputs)
    inputs.push_back(random_tensor(value.type(), generator, low, high));
  for (const ir::VariableInfo& info : graph.variables)
    variables.push_back(random_tensor(info.type, generator, low, high));
  const std::vector<Tensor> expected = ir::evaluate_graph(graph, inputs, variables);
  for (int threads : {1, 2}) {
    exec::CompileOptions options;
    options.threads = threads;
    const auto executable = exec::compile(graph, options);
    for (const exec::PlannedStep& step : executable->steps)
      EXPECT_TRUE(may_evaluate || step.kernel != std::string("evaluate")) << executable->to_string();
    auto snapshot = std::make_shared<exec::Snapshot>();
    snapshot->values = variables;
    auto prepared = std::make_shared<exec::Prepared>(executable, snapshot);
    std::vector<Tensor> first;
    for (bool packed : {false, true}) {
      if (packed) prepared->finish();
      exec::Context context(prepared, std::make_shared<Team>(threads));
      std::vector<const void*> in;
      std::vector<void*> out;
      std::vector<Tensor> results;
      for (const Tensor& input : inputs) in.push_back(input.raw());
      for (const ir::Output& output : graph.outputs) {
        results.emplace_back(output.value.dtype(), ir::to_shape(output.value.shape()));
        std::memset(results.back().raw(), 0xff, results.back().bytes());
      }
      for (Tensor& result : results) out.push_back(result.raw());
      for (int run = 0; run < 2; ++run) context.run(in.data(), out.data());
      for (std::size_t i = 0; i < results.size(); ++i) {
        expect_near(results[i], expected[i], tolerance, cat("threads ", threads, ", packed ", packed));
        if (!packed) continue;
        EXPECT_EQ(std::memcmp(results[i].raw(), first[i].raw(), first[i].bytes()), 0)
            << "packing changed bits";
      }
      first = results;
    }
  }
}

}  // namespace keratin::test
