// Compiled files of real Keras and tf_keras go on: fit, evaluate and train_on_batch say what theirs say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

#include "../keras/tolerance.h"
#include "keratin/keratin.h"

namespace keratin::tests {
namespace {

const std::string folder = std::string(KERATIN_TEST_DATA) + "/golden/fit/";

class FitFiles : public testing::TestWithParam<const char*> {
 protected:
  FitFiles() {
    const std::filesystem::path file = folder + GetParam();
    for (auto& [name, tensor] : read_npz(folder + file.stem().string() + ".npz"))
      golden_.emplace(name, tensor);
    model_ = load_model(file);
  }
  NamedTensors entries(const std::string& prefix, std::int64_t first, std::int64_t last) const {
    NamedTensors found;
    for (const auto& [name, tensor] : golden_)
      if (name.starts_with(prefix)) found.emplace_back(name.substr(prefix.size()), rows(tensor, first, last));
    return found;
  }
  Arrays data(std::int64_t first, std::int64_t last) const {
    return {entries("x/", first, last), entries("y/", first, last), entries("weight/", first, last)};
  }
  static Tensor rows(const Tensor& from, std::int64_t first, std::int64_t last) {
    Shape shape = from.shape();
    const std::size_t row = from.bytes() / static_cast<std::size_t>(shape[0]);
    shape[0] = last - first;
    Tensor made(from.dtype(), shape);
    std::memcpy(made.raw(), static_cast<const char*>(from.raw()) + static_cast<std::size_t>(first) * row,
                made.bytes());
    return made;
  }
  // Every number that Keras has, and no other.
  void expect_numbers(const std::string& prefix,
                      const std::vector<std::pair<std::string, std::vector<double>>>& found) {
    std::set<std::string> names, wanted;
    for (const auto& [name, values] : found) names.insert(name);
    for (const auto& [name, tensor] : golden_)
      if (name.starts_with(prefix)) wanted.insert(name.substr(prefix.size()));
    EXPECT_EQ(names, wanted);
    for (const auto& [name, values] : found) {
      if (!wanted.count(name)) continue;
      const Tensor& expected = golden_.at(prefix + name);
      ASSERT_EQ(values.size(), expected.elements());
      for (std::size_t i = 0; i < values.size(); ++i)
        EXPECT_NEAR(values[i], expected.data<double>()[i],
                    2e-5 * std::max(1.0, std::abs(expected.data<double>()[i])))
            << prefix << name << " " << i;
    }
  }
  void expect_numbers(const std::string& prefix, const Logs& logs) {
    std::vector<std::pair<std::string, std::vector<double>>> found;
    for (const auto& [name, value] : logs) found.push_back({name, {value}});
    expect_numbers(prefix, found);
  }
  std::map<std::string, Tensor> golden_;
  Model model_;
};

TEST_P(FitFiles, GoOnAsKerasDoes) {
  ASSERT_TRUE(model_.compiled());
  FitOptions options{.batch_size = 8, .epochs = 2, .shuffle = false, .verbose = Verbose::silent};
  options.validation = data(16, 22);
  const History history = model_.fit(data(0, 16), options);
  expect_numbers("fit/", history.history);
  expect_numbers("evaluate/", model_.evaluate(data(0, 22), {.batch_size = 8, .verbose = Verbose::silent}));
  Logs logs;
  for (int i = 0; i < 2; ++i) logs = model_.train_on_batch(data(0, 8));
  expect_numbers("batch/", logs);
  const std::vector<Tensor> weights = model_.get_weights();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto expected = golden_.find("weights/" + std::to_string(i));
    ASSERT_NE(expected, golden_.end());
    if (!is_floating(weights[i].dtype())) continue;
    EXPECT_TRUE(near(weights[i], expected->second, DType::float32, {200, 200})) << i;
  }
}

// What was saved goes on as what was loaded.
TEST_P(FitFiles, GoOnFromWhatWasSaved) {
  const std::string path = testing::TempDir() + "fit_" + GetParam();
  model_.save(path);
  Model again = load_model(path);
  std::filesystem::remove(path);
  FitOptions options{.batch_size = 8, .epochs = 2, .shuffle = false, .verbose = Verbose::silent};
  options.validation = data(16, 22);
  expect_numbers("fit/", again.fit(data(0, 16), options).history);
}

std::vector<const char*> files() {
  static std::vector<std::string> names;
  if (names.empty())
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".keras" || entry.path().extension() == ".h5")
        names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  std::vector<const char*> found;
  for (const std::string& name : names) found.push_back(name.c_str());
  return found;
}
INSTANTIATE_TEST_SUITE_P(Files, FitFiles, testing::ValuesIn(files()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

}  // namespace
}  // namespace keratin::tests
