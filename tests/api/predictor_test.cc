// Predictor and Context on buffers of the caller's, from several threads; snapshots; who may touch a Model
// when.
#include <atomic>
#include <fstream>
#include <thread>

#include "runtime/api/state.h"
#include "tests/api/api_test.h"

namespace keratin::test {
namespace {

Model model_of(int threads = 1) { return load_model(golden_model("built"), {.threads = threads}); }

TEST(Predictor, RunsOnBuffersOfTheCaller) {
  const Predictor predictor = model_of().predictor();
  Context context = predictor.context();
  const std::vector<Tensor> inputs = {golden_input("built")};
  std::vector<Tensor> outputs = {Tensor(DType::float32, {5, 5})};
  const void* buffer = outputs[0].raw();
  context.run(inputs, outputs);
  EXPECT_EQ(outputs[0].raw(), buffer);
  expect_near(outputs[0], golden_output("built"));

  std::vector<Tensor> made;
  context.run(inputs, made);
  expect_near(made.at(0), golden_output("built"));
  // Borrowed memory works for inputs as it does for outputs.
  const auto owner = std::make_shared<Tensor>(inputs[0].clone());
  context.run({Tensor(DType::float32, inputs[0].shape(), owner, owner->raw())}, outputs);
  expect_near(outputs[0], golden_output("built"));
}

TEST(Predictor, ShapesMayChangeFromRunToRun) {
  const Tensor x = golden_input("built"), y = golden_output("built");
  Context context = model_of().predictor().context();
  for (std::int64_t count : {5, 1, 3, 5, 1}) {
    const auto owner = std::make_shared<Tensor>(x);
    std::vector<Tensor> outputs;
    context.run({Tensor(DType::float32, {count, 8, 8, 3}, owner, x.raw())}, outputs);
    const auto answer = std::make_shared<Tensor>(y);
    expect_near(outputs[0], Tensor(DType::float32, {count, 5}, answer, y.raw()));
  }
}

// Steps [first, first + count) of a tensor (batch, time, features).
Tensor steps(const Tensor& x, std::int64_t first, std::int64_t count) {
  Tensor part(x.dtype(), {x.dim(0), count, x.dim(2)});
  float* to = part.data<float>();
  for (std::int64_t i = 0; i < x.dim(0); ++i)
    for (std::int64_t k = first * x.dim(2); k < (first + count) * x.dim(2); ++k)
      *to++ = x.values<float>()[static_cast<std::size_t>(i * x.dim(1) * x.dim(2) + k)];
  return part;
}

TEST(Predictor, CarriesStatesFromRunToRun) {
  const SymbolicTensor in = Input({-1, 3}, {.batch_size = 2});
  const SymbolicTensor hidden =
      layers::Bidirectional({.layer = layers::GRU({.units = 2, .return_sequences = true})})(in);
  const Model model(in, layers::LSTM({.units = 4, .return_sequences = true, .stateful = true})(hidden));
  Tensor x(DType::float32, {2, 6, 3});
  for (std::size_t i = 0; i < x.elements(); ++i) x.data<float>()[i] = std::sin(static_cast<float>(i));
  Context context = model.predictor().context();
  std::vector<Tensor> first, again;
  context.run({x}, first);
  context.run({x}, again);
  EXPECT_NE(first[0].values<float>()[0], again[0].values<float>()[0]) << "the second run began at zero";
  context.reset_states();
  context.run({x}, again);
  expect_near(again[0], first[0]);

  // In parts: the states outlive a change of shapes.
  const Model plain(in, layers::LSTM({.units = 4, .return_sequences = true, .stateful = true})(in));
  Context whole = plain.predictor().context(), parts = plain.predictor().context();
  whole.run({x}, first);
  for (const auto& [at, count] : {std::pair{0, 1}, {1, 3}, {4, 2}}) {
    std::vector<Tensor> found;
    parts.run({steps(x, at, count)}, found);
    expect_near(found[0], steps(first[0], at, count));
  }
}

TEST(Predictor, RefusesWhatDoesntFit) {
  Context context = model_of().predictor().context();
  const Tensor x = golden_input("built");
  std::vector<Tensor> outputs;
  expect_error(ErrorCode::data_mismatch, "inputs given", [&] { context.run({}, outputs); });
  expect_error(ErrorCode::data_mismatch, "image", [&] { context.run({cast(x, DType::float64)}, outputs); });
  expect_error(ErrorCode::data_mismatch, "image", [&] {
    context.run({Tensor::zeros(DType::float32, {1, 8, 7, 3})}, outputs);
  });
  expect_error(ErrorCode::data_mismatch, "image", [&] {
    context.run({Tensor::zeros(DType::float32, {8, 8, 3})}, outputs);
  });
  outputs = {Tensor(DType::float32, {4, 5})};
  expect_error(ErrorCode::data_mismatch, "output 0", [&] { context.run({x}, outputs); });
  outputs = {Tensor(DType::float64, {5, 5})};
  expect_error(ErrorCode::data_mismatch, "output 0", [&] { context.run({x}, outputs); });
  outputs.clear();
  context.run({x}, outputs);  // none of that broke it
  expect_near(outputs[0], golden_output("built"));
}

TEST(Predictor, ServesManyThreads) {
  const Predictor predictor = model_of().predictor();
  const Tensor x = golden_input("built"), y = golden_output("built");
  std::atomic<int> wrong{0};
  auto work = [&] {
    Context context = predictor.context();
    std::vector<Tensor> outputs;
    for (int i = 0; i < 50; ++i) {
      context.run({x}, outputs);
      for (std::size_t k = 0; k < y.elements(); ++k)
        wrong += !(std::fabs(outputs[0].data<float>()[k] - y.data<float>()[k]) < 1e-5f);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Predictor, IsASnapshot) {
  Model model = model_of();
  const Tensor x = golden_input("built");
  const Predictor before = model.predictor();
  Context old = before.context();
  std::vector<Tensor> zeros;
  for (const Tensor& w : model.get_weights()) zeros.push_back(Tensor::zeros(w.dtype(), w.shape()));
  model.set_weights(zeros);
  std::vector<Tensor> outputs;
  old.run({x}, outputs);  // first run after the change
  expect_near(outputs[0], golden_output("built"));
  Context late = before.context();
  outputs.clear();
  late.run({x}, outputs);
  expect_near(outputs[0], golden_output("built"));
  outputs.clear();
  model.predictor().context().run({x}, outputs);
  EXPECT_FLOAT_EQ(outputs[0].values<float>()[0], 0.2f);  // softmax of five zeros
}

TEST(Predictor, OutlivesItsModel) {
  std::vector<Tensor> outputs;
  Context context = model_of().predictor().context();
  context.run({golden_input("built")}, outputs);
  expect_near(outputs[0], golden_output("built"));
}

TEST(Predictor, ThreadsAreAnOption) {
  for (int threads : {0, 1, 2, 5})
    expect_near(model_of(threads).predict(golden_input("built")), golden_output("built"));
  expect_error(ErrorCode::invalid_argument, "threads", [] { model_of(-1); });
  expect_error(ErrorCode::device, "tpu", [] { load_model(golden_model("built"), {.device = "tpu"}); });
}

TEST(Predict, RefusesKeysAndCounts) {
  const Model model = model_of();
  const Tensor x = golden_input("built");
  expect_error(ErrorCode::data_mismatch, "\"wobble\"", [&] { model.predict(NamedTensors{{"wobble", x}}); });
  expect_error(ErrorCode::data_mismatch, "missing", [&] { model.predict(NamedTensors{}); });
  expect_error(ErrorCode::data_mismatch, "twice", [&] {
    model.predict(NamedTensors{{"x", x}, {"image", x}});
  });
  expect_error(ErrorCode::data_mismatch, "no samples", [&] {
    model.predict(Tensor::zeros(DType::float32, {0, 8, 8, 3}));
  });
  expect_error(ErrorCode::invalid_argument, "batch_size", [&] { model.predict(x, {.batch_size = 0}); });
  expect_near(model.predict(cast(x, DType::float64)), golden_output("built"));
  EXPECT_EQ(model.predict(NamedTensors{{"image", x}})[0].first, "head");
  EXPECT_EQ(model.input_specs()[0].shape, (Shape{-1, 8, 8, 3}));
  EXPECT_EQ(model.output_specs()[0].name, "head");
}

TEST(Predict, TellsProgress) {
  std::vector<std::int64_t> seen;
  model_of().predict(golden_input("built"),
                     {.batch_size = 2, .progress = [&](std::int64_t done, std::int64_t total) {
                        EXPECT_EQ(total, 5);
                        seen.push_back(done);
                      }});
  EXPECT_EQ(seen, (std::vector<std::int64_t>{2, 4, 5}));
}

TEST(Busy, ChangingWhileReading) {
  Model model = model_of();
  const std::vector<Tensor> weights = model.get_weights();
  int tried = 0;
  model.predict(golden_input("built"), {.progress = [&](std::int64_t, std::int64_t) {
                  ++tried;
                  expect_error(ErrorCode::busy, "built", [&] { model.set_weights(weights); });
                  expect_error(ErrorCode::busy, "built", [&] { model.set_trainable(false); });
                  expect_error(ErrorCode::busy, "built", [&] { model.load_weights(golden_model("built")); });
                  expect_error(ErrorCode::busy, "built",
                               [&] { model.get_layer("conv").set_trainable(false); });
                  expect_error(ErrorCode::busy, "built", [&] { model.get_layer("conv").set_weights({}); });
                  EXPECT_EQ(model.get_weights().size(), weights.size());  // reading is allowed
                  model.summary();
                }});
  EXPECT_EQ(tried, 1);
  model.set_weights(weights);  // and is free again
}

TEST(Busy, ReadingWhileChanging) {
  Model model = model_of();
  const Predictor predictor = model.predictor();
  {
    const Writing writing(model.state().home);
    expect_error(ErrorCode::busy, "built", [&] { model.predict(golden_input("built")); });
    expect_error(ErrorCode::busy, "built", [&] { model.get_weights(); });
    expect_error(ErrorCode::busy, "built", [&] { model.predictor(); });
    expect_error(ErrorCode::busy, "built", [&] { model.save(testing::TempDir() + "/busy.keras"); });
    expect_error(ErrorCode::busy, "built", [&] { model.set_weights({}); });
    std::vector<Tensor> outputs;
    predictor.context().run({golden_input("built")}, outputs);  // a snapshot doesn't care
    expect_near(outputs[0], golden_output("built"));
  }
  expect_near(model.predict(golden_input("built")), golden_output("built"));
}

TEST(Busy, ReadersMayMeet) {
  const Model model = model_of();
  std::vector<std::thread> threads;
  std::atomic<int> errors{0};
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      try {
        for (int k = 0; k < 5; ++k) {
          model.predict(golden_input("built"));
          model.get_config();
          model.get_layer("avg_pool").output();
          model.layer_specs();
        }
      } catch (const Error&) {
        ++errors;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(errors, 0);
}

// In a process of its own, which has opened nothing before.
TEST(ModulesDeathTest, ADenseModelOpensNone) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const Model model = load_model(golden + "formats/mlp.keras");
        model.predict(read_npz(golden + "formats/mlp.in.npz"));
        std::ifstream maps("/proc/self/maps");
        int found = 0;
        for (std::string line; std::getline(maps, line);)
          for (const char* library :
               {"dnnl", "protobuf", "hdf5", "leveldb", "gomp", "keratin_", "cuda", "re2", "icu"})
            if (line.find(std::string("lib") + library) != std::string::npos) {
              std::fprintf(stderr, "%s\n", line.c_str());
              ++found;
            }
        std::exit(found ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace keratin::test
