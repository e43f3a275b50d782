// Callbacks decide what Keras' decide (tests/golden/callbacks/decisions.npz, by tools/goldens/callbacks.py);
// event files and CSV logs hold what was logged; a training that is killed goes on to the same weights.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "keratin/keratin.h"
#include "serialization/crc32c.h"

namespace keratin::tests {
namespace {

namespace fs = std::filesystem;

const std::string file = std::string(KERATIN_TEST_DATA) + "/golden/fit/classifier_keras3_keras.keras";

class Callbacks : public testing::Test {
 protected:
  Callbacks() : folder_(testing::TempDir() + "callbacks_" + std::to_string(getpid()) + "/") {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    for (auto& [name, tensor] :
         read_npz(std::string(KERATIN_TEST_DATA) + "/golden/fit/classifier_keras3_keras.npz")) {
      if (name == "x/features") data_.arrays.x = {{"x", tensor}};
      if (name == "y/label") data_.arrays.y = {{"y", tensor}};
    }
  }
  ~Callbacks() override { fs::remove_all(folder_); }
  static std::string text(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  static void expect_same_weights(const Model& a, const Model& b) {
    const std::vector<Tensor> left = a.get_weights(), right = b.get_weights();
    ASSERT_EQ(left.size(), right.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
      ASSERT_EQ(left[i].bytes(), right[i].bytes());
      EXPECT_EQ(std::memcmp(left[i].raw(), right[i].raw(), left[i].bytes()), 0) << "weight " << i;
    }
  }
  std::string folder_;
  Dataset data_;
};

// Losses of epochs, from the table or the golden, through the callback's own eyes.
std::int64_t stopping_epoch(EarlyStopping callback, const std::vector<double>& losses) {
  Model model = load_model(file);
  callback.on_train_begin(model);
  for (std::size_t epoch = 0; epoch < losses.size(); ++epoch) {
    Logs logs = {{"val_loss", losses[epoch]}};
    callback.on_epoch_end(model, static_cast<std::int64_t>(epoch), logs);
    if (callback.stopped_epoch() > 0) break;
  }
  return callback.stopped_epoch();
}

TEST_F(Callbacks, DecideWhatKerasDecides) {
  const std::string golden = std::string(KERATIN_TEST_DATA) + "/golden/callbacks/decisions.npz";
  std::vector<double> losses;
  NamedTensors entries = read_npz(golden);
  auto numbers = [&](const std::string& name) {
    for (const auto& [known, tensor] : entries)
      if (known == name)
        return std::vector<double>(tensor.data<double>(), tensor.data<double>() + tensor.elements());
    ADD_FAILURE() << "no " << name;
    return std::vector<double>();
  };
  losses = numbers("losses");
  const std::vector<double> stopped = numbers("early_stopping");
  const EarlyStoppingOptions options[] = {
      {.patience = 2},
      {.min_delta = 0.05, .patience = 2},
      {.patience = 1, .mode = "max"},
      {.patience = 2, .baseline = 0.5},
      {.patience = 1, .start_from_epoch = 4},
      {.min_delta = 0.1, .patience = 3},
  };
  ASSERT_EQ(stopped.size(), std::size(options));
  for (std::size_t i = 0; i < std::size(options); ++i)
    EXPECT_EQ(static_cast<double>(stopping_epoch(EarlyStopping(options[i]), losses)), stopped[i]) << i;

  const ReduceLROnPlateauOptions plateaus[] = {
      {.factor = 0.5, .patience = 1},
      {.factor = 0.1, .patience = 2, .min_delta = 0.05, .cooldown = 2},
      {.factor = 0.1, .patience = 1, .min_lr = 0.005}};
  for (std::size_t i = 0; i < std::size(plateaus); ++i) {
    const std::vector<double> wanted = numbers("learning_rates/" + std::to_string(i));
    ASSERT_EQ(wanted.size(), losses.size());
    Model model = load_model(file);
    model.set_learning_rate(0.02);
    ReduceLROnPlateau callback(plateaus[i]);
    callback.on_train_begin(model);
    for (std::size_t epoch = 0; epoch < losses.size(); ++epoch) {
      Logs logs = {{"val_loss", losses[epoch]}};
      callback.on_epoch_end(model, static_cast<std::int64_t>(epoch), logs);
      EXPECT_EQ(model.learning_rate(), wanted[epoch]) << i << " epoch " << epoch;
    }
  }
}

TEST_F(Callbacks, EventFilesHoldFramedEvents) {
  Model model = load_model(file);
  FitOptions options{.batch_size = 8, .epochs = 2, .verbose = Verbose::silent};
  options.callbacks = {TensorBoard({.log_dir = folder_ + "logs"})};
  const History history = model.fit(data_, options);
  std::string bytes;
  for (const auto& entry : fs::directory_iterator(folder_ + "logs/train")) bytes += text(entry.path());
  std::vector<std::string> events;
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint64_t length = 0;
    std::uint32_t crc = 0;
    ASSERT_LE(at + 12, bytes.size());
    std::memcpy(&length, bytes.data() + at, 8);
    ASSERT_LE(at + 16 + length, bytes.size());
    events.push_back(bytes.substr(at + 12, length));
    std::memcpy(&crc, bytes.data() + at + 12 + length, 4);
    EXPECT_EQ(crc,
              serialization::mask_crc32c(serialization::crc32c(std::as_bytes(std::span(events.back())))));
    at += 16 + length;
  }
  ASSERT_GT(events.size(), 4u);
  EXPECT_NE(events[0].find("brain.Event:2"), std::string::npos);
  const auto loss = static_cast<float>(history["loss"][1]);
  const std::string stored(reinterpret_cast<const char*>(&loss), 4);
  const bool held = std::any_of(events.begin(), events.end(), [&](const std::string& event) {
    return event.find("epoch_loss") != std::string::npos && event.find(stored) != std::string::npos;
  });
  EXPECT_TRUE(held);
}

// ---- backups

FitOptions long_fit(const std::string& folder, std::int64_t save_freq) {
  FitOptions options{.batch_size = 4, .epochs = 6, .seed = 3, .verbose = Verbose::silent};
  options.callbacks = {LearningRateScheduler([](std::int64_t, double rate) { return rate * 0.9; }),
                       CSVLogger(folder + "log.csv")};
  if (save_freq >= 0)
    options.callbacks.push_back(BackupAndRestore(folder + "backup", {.save_freq = save_freq}));
  return options;
}

// Killed in this batch of this epoch, counted over all of a process' batches.
void run_and_die(const Dataset& data, FitOptions options, std::int64_t at) {
  const pid_t child = fork();
  if (child == 0) {
    std::int64_t seen = 0;
    options.callbacks.push_back(LambdaCallback({.on_train_batch_begin = [&](Model&, std::int64_t) {
      if (seen++ == at) kill(getpid(), SIGKILL);
    }}));
    load_model(file, {.threads = 1}).fit(data, options);
    _exit(7);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 7);
}

TEST_F(Callbacks, KilledTrainingsGoOnToTheSameWeights) {
  Model whole = load_model(file, {.threads = 1});
  const History expected = whole.fit(data_, long_fit(folder_, -1));
  const std::string log = text(folder_ + "log.csv");
  for (const std::int64_t save_freq : {0, 1, 4}) {
    for (const std::int64_t at : {0, 2, 9, 13}) run_and_die(data_, long_fit(folder_, save_freq), at);
    Model rest = load_model(file, {.threads = 1});
    const History history = rest.fit(data_, long_fit(folder_, save_freq));
    expect_same_weights(rest, whole);
    EXPECT_EQ(history.batch_loss, expected.batch_loss) << save_freq;
    EXPECT_EQ(history.history, expected.history) << save_freq;
    EXPECT_EQ(history.epoch, expected.epoch);
    EXPECT_EQ(text(folder_ + "log.csv"), log) << save_freq;
    EXPECT_FALSE(fs::exists(folder_ + "backup"));
    EXPECT_EQ(rest.iterations(), whole.iterations());
  }
}

class Once : public Generator {
 public:
  explicit Once(const Dataset& data) : arrays_(data.arrays) {}
  std::optional<Arrays> next() override {
    return std::exchange(given_, true) ? std::nullopt : std::optional(arrays_);
  }
  void begin(std::int64_t) override { given_ = false; }

 private:
  Arrays arrays_;
  bool given_ = false;
};

TEST_F(Callbacks, BackupsRefuseWhatTheyCantContinue) {
  Model model = load_model(file);
  const std::vector<Tensor> before = model.get_weights();
  FitOptions options = long_fit(folder_, 1);
  EXPECT_THROW(model.fit(Dataset(std::make_shared<Once>(data_)), options), Error);
  EXPECT_EQ(std::memcmp(before[0].raw(), model.get_weights()[0].raw(), before[0].bytes()), 0);
  run_and_die(data_, options, 9);
  options.batch_size = 5;
  try {
    model.fit(data_, options);
    FAIL() << "a backup of other options was taken";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::data_mismatch) << e.what();
  }
  EXPECT_EQ(std::memcmp(before[0].raw(), model.get_weights()[0].raw(), before[0].bytes()), 0);
}

// ---- bad input: refused by name, the model unchanged

TEST_F(Callbacks, BadTrainingDataLeaveTheModelAsItWas) {
  Model model = load_model(file);
  const std::vector<Tensor> before = model.get_weights();
  const Tensor x = data_.arrays.x[0].second;
  const std::int64_t samples = x.dim(0);
  const auto labels = [&](std::int32_t value, std::int64_t count) {
    Tensor y(DType::int32, {count});
    std::fill_n(y.data<std::int32_t>(), count, value);
    return y;
  };
  const Dataset bad[] = {
      Dataset(x, labels(1, samples - 1)),                            // another length
      Dataset(Arrays{{{"x", x}}, {}, {}}),                           // no targets
      Dataset(Tensor(DType::float32, {0, x.dim(1)}), labels(0, 0)),  // no samples
      Dataset(),                                                     // nothing
      Dataset(Tensor::zeros(DType::float32, {samples, x.dim(1) + 1}), labels(1, samples)),
      Dataset(Arrays{{{"x", x}}, {{"other", labels(1, samples)}}, {}}),  // no such output
  };
  for (const Dataset& data : bad) {
    const std::ptrdiff_t index = &data - bad;
    try {
      model.fit(data, {.verbose = Verbose::silent});
      ADD_FAILURE() << "taken: " << index;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::data_mismatch) << index << ": " << e.what();
    }
  }
  const std::vector<Tensor> after = model.get_weights();
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(std::memcmp(before[i].raw(), after[i].raw(), before[i].bytes()), 0) << i;
}

TEST_F(Callbacks, TerminateOnNaNEndsTheTraining) {
  Model model = load_model(file);
  Dataset data = data_;
  Tensor x = data.arrays.x[0].second.clone();
  x = cast(x, DType::float32).clone();
  x.data<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  data.arrays.x = {{"x", x}};
  FitOptions options{.batch_size = 8, .epochs = 5, .shuffle = false, .verbose = Verbose::silent};
  options.callbacks = {TerminateOnNaN()};
  const History history = model.fit(data, options);
  EXPECT_EQ(history.batch_loss.size(), 1u);
  EXPECT_TRUE(std::isnan(history["loss"][0]));
}

// ---- tables

TEST_F(Callbacks, TablesBecomeData) {
  const std::string path = folder_ + "table.csv";
  std::ofstream(path) << "a, \"b\"\"c\",label,sample_weight\r\n1,2.5,0,1\n\n-3e2,+4, 1 ,0.5\n";
  const NamedTensors columns = read_csv(path);
  ASSERT_EQ(columns.size(), 4u);
  EXPECT_EQ(columns[1].first, "b\"c");
  EXPECT_EQ(columns[0].second.data<double>()[1], -300);
  const Dataset data = read_csv(path, std::vector<std::string>{"label"});
  EXPECT_EQ(data.arrays.x[0].second.shape(), (Shape{2, 2}));
  EXPECT_EQ(data.arrays.x[0].second.data<double>()[3], 4);
  EXPECT_EQ(data.arrays.y[0].second.shape(), (Shape{2}));
  EXPECT_EQ(data.arrays.sample_weight[0].second.data<double>()[1], 0.5);
  std::ofstream(path) << "a,b\n1,2\n3,x4\n";
  try {
    read_csv(path);
    FAIL() << "x4 is no number";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::data_mismatch);
    EXPECT_NE(std::string(e.what()).find("line 3, column \"b\""), std::string::npos) << e.what();
  }
  EXPECT_THROW(read_csv(path, std::vector<std::string>{"c"}), Error);
}

}  // namespace
}  // namespace keratin::tests
