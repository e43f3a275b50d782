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

const Json& manifest() {
  static const Json read = [] {
    const auto source = serialization::open_file(folder + "manifest.json");
    return serialization::parse_json(serialization::read_text(*source), "manifest.json");
  }();
  return read;
}

// What isn't supported yet: the file, and what the error says. An entry whose file loads fails the test.
struct Refused {
  const char* file;
  const char* reason;
};
const std::vector<Refused> refused = {
#include "vintages_refused.inc"
};

const Refused* find_refused(const std::string& file) {
  for (const Refused& row : refused)
    if (file == row.file) return &row;
  return nullptr;
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
  if (const Refused* known = find_refused(text_of(row(), "file"))) {
    try {
      expect_outputs(load());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::unsupported) << error.what();
      EXPECT_NE(std::string(error.what()).find(known->reason), std::string::npos) << error.what();
      return;
    }
    FAIL() << "loads by now: take it off vintages_refused.inc";
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
  for (const Refused& row : refused) {
    bool known = false;
    for (const Json& file : manifest().at("files").as_array()) known |= text_of(file, "file") == row.file;
    EXPECT_TRUE(known) << row.file;
  }
}

}  // namespace
}  // namespace keratin::tests
