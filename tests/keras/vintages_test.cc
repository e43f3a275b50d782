// Files of many writers and versions, from real Keras or as it wrote them: each loads and predicts as it did.
#include <gtest/gtest.h>

#include <cmath>

#include "golden.h"
#include "keratin/model.h"
#include "runtime/core/cast.h"
#include "serialization/bytes.h"

namespace keratin::tests {
namespace {

const std::string folder = KERATIN_TEST_DATA "/golden/formats/";

Json read_golden(const char* name) {
  return serialization::parse_json(serialization::read_text(*serialization::open_file(folder + name)), name);
}
const Json& manifest() {
  static const Json read = read_golden("manifest.json");
  return read;
}
// What isn't supported yet: {file: what the error says}. A file on the list that loads fails the test.
const Json& refused() {
  static const Json read = read_golden("refused.json");
  return read;
}
std::string refusal_of(const std::string& file) {
  const Json* found = refused().find(file);
  return found ? found->as_string() : "";
}

std::string text_of(const Json& row, const char* key) {
  const Json* found = row.find(key);
  return found ? found->as_string() : "";
}

class Vintages : public testing::TestWithParam<std::size_t> {
 protected:
  const Json& row() const { return manifest().at("files").as_array()[GetParam()]; }

  Model load() const {
    LoadOptions options;
    options.threads = 1;
    if (const std::string architecture = text_of(row(), "arch"); !architecture.empty())
      options.architecture = folder + architecture;
    if (const std::string weights = text_of(row(), "weights"); !weights.empty())
      options.weights = folder + weights;
    return load_model(folder + text_of(row(), "file"), options);
  }

  void expect_outputs(const Model& model) const {
    const NamedTensors found = model.predict(read_npz(folder + text_of(row(), "inputs")));
    const NamedTensors wanted = read_npz(folder + text_of(row(), "outputs"));
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const Tensor* result = &found[i].second;
      for (const auto& [name, tensor] : found)
        if (name == wanted[i].first) result = &tensor;
      expect_near(*result, wanted[i].second, wanted[i].first);
    }
  }

 private:
  void expect_near(const Tensor& found, const Tensor& wanted, const std::string& name) const {
    ASSERT_EQ(found.shape(), wanted.shape()) << name;
    const Tensor a = cast_tensor(found, DType::float64), b = cast_tensor(wanted, DType::float64);
    double largest = 0, worst = 0;
    for (std::size_t i = 0; i < b.elements(); ++i) {
      ASSERT_TRUE(std::isfinite(a.values<double>()[i])) << name;
      largest = std::max(largest, std::fabs(b.values<double>()[i]));
      worst = std::max(worst, std::fabs(a.values<double>()[i] - b.values<double>()[i]));
    }
    EXPECT_LE(worst, row().at("tolerance").as_number() * std::max(largest, 1e-3)) << name;
  }
};

TEST_P(Vintages, PredictAsTheirWriter) {
  if (const std::string refusal = refusal_of(text_of(row(), "file")); !refusal.empty()) {
    try {
      expect_outputs(load());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::unsupported) << error.what();
      EXPECT_NE(std::string(error.what()).find(refusal), std::string::npos) << error.what();
      return;
    }
    FAIL() << "loads by now: take it off refused.json";
  }
  expect_outputs(load());
}

std::vector<std::size_t> rows() {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < manifest().at("files").as_array().size(); ++i) indices.push_back(i);
  return indices;
}

INSTANTIATE_TEST_SUITE_P(Files, Vintages, testing::ValuesIn(rows()), [](const auto& info) {
  std::string name;
  for (char c : manifest().at("files").as_array()[info.param].at("file").as_string())
    name += std::isalnum(static_cast<unsigned char>(c)) ? std::string(1, c) : c == '_' ? "_" : "__";
  return name;
});

TEST(VintagesRefused, NameFilesOfTheManifest) {
  for (const auto& [name, reason] : refused().as_object()) {
    bool known = false;
    for (const Json& file : manifest().at("files").as_array()) known |= text_of(file, "file") == name;
    EXPECT_TRUE(known) << name;
  }
}

}  // namespace
}  // namespace keratin::tests
