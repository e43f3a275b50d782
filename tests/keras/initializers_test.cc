// Initializers have Keras' distributions: bounds, mean, variance and shape of what they draw.
#include <cmath>
#include <numeric>

#include "../serialization/expect_error.h"
#include "runtime/keras/initializer.h"

namespace keratin::keras {
namespace {

using serialization::Json;

std::vector<double> draw(const Json& object, const Shape& shape, std::uint64_t seed = 7) {
  RandomSource random(seed);
  const Tensor tensor = initialize(object, DType::float64, shape, random);
  const auto values = tensor.values<double>();
  return {values.begin(), values.end()};
}
Json form(const char* class_name, const char* config) {
  Json object;
  object["class_name"] = class_name;
  object["config"] = serialization::parse_json(config, "config");
  return object;
}
double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}
double deviation(const std::vector<double>& values) {
  const double m = mean(values);
  double sum = 0;
  for (double value : values) sum += (value - m) * (value - m);
  return std::sqrt(sum / static_cast<double>(values.size()));
}
double largest(const std::vector<double>& values) {
  double found = 0;
  for (double value : values) found = std::max(found, std::fabs(value));
  return found;
}

// 60,000 draws: the deviation of their mean is 0.4 % of theirs, and that of their deviation 0.3 %.
struct Scaled {
  const char* name;
  double variance;  // for a kernel (200, 300)
  bool uniform;
};
constexpr Scaled scaled[] = {
    {"glorot_uniform", 1 / 250.0, true}, {"glorot_normal", 1 / 250.0, false},
    {"he_uniform", 2 / 200.0, true},     {"he_normal", 2 / 200.0, false},
    {"lecun_uniform", 1 / 200.0, true},  {"lecun_normal", 1 / 200.0, false},
};

TEST(Initializers, ScaleByFans) {
  for (const Scaled& row : scaled) {
    SCOPED_TRACE(row.name);
    const std::vector<double> values = draw(row.name, {200, 300});
    const double wanted = std::sqrt(row.variance);
    EXPECT_NEAR(mean(values), 0, 0.02 * wanted);
    EXPECT_NEAR(deviation(values), wanted, 0.02 * wanted);
    const double bound = row.uniform ? std::sqrt(3.0) * wanted : 2 * wanted / 0.87962566103423978;
    EXPECT_LE(largest(values), bound);
    EXPECT_GE(largest(values), 0.98 * bound);
  }
}

TEST(Initializers, CountFansOfConvolutionsAndOfNamedAxes) {
  // 3 x 3 x 20 -> 40: fans 180 and 360
  const double convolution = deviation(draw("glorot_uniform", {3, 3, 20, 40}));
  EXPECT_NEAR(convolution, std::sqrt(1 / 270.0), 0.03 * convolution);
  const Json named = form("GlorotUniform", R"({"input_axes": [0], "output_axes": [1, 2]})");
  const double einsum = deviation(draw(named, {50, 10, 20}));
  EXPECT_NEAR(einsum, std::sqrt(1 / 125.0), 0.03 * einsum);
  EXPECT_NEAR(deviation(draw("he_uniform", {5000})), std::sqrt(2 / 5000.0), 0.03 * std::sqrt(2 / 5000.0));
}

TEST(Initializers, VarianceScalingTakesItsConfig) {
  const char* configs[] = {R"({"scale": 3.0, "mode": "fan_out", "distribution": "uniform"})",
                           R"({"scale": 3.0, "mode": "fan_out", "distribution": "truncated_normal"})",
                           R"({"scale": 3.0, "mode": "fan_out", "distribution": "normal"})",
                           R"({"scale": 3.0, "mode": "fan_out", "distribution": "untruncated_normal"})"};
  for (const char* config : configs)
    EXPECT_NEAR(deviation(draw(form("VarianceScaling", config), {200, 300})), 0.1, 0.002) << config;
  EXPECT_GT(largest(draw(form("VarianceScaling", configs[3]), {200, 300})), 0.3);
  EXPECT_ERROR(draw(form("VarianceScaling", R"({"mode": "fan"})"), {2, 2}), ErrorCode::corrupt_file, "fan");
  EXPECT_ERROR(draw(form("VarianceScaling", R"({"scale": -1.0})"), {2, 2}), ErrorCode::corrupt_file, "scale");
}

TEST(Initializers, DrawPlainDistributions) {
  std::vector<double> values = draw(form("RandomNormal", R"({"mean": 1.0, "stddev": 0.5})"), {200, 300});
  EXPECT_NEAR(mean(values), 1, 0.01);
  EXPECT_NEAR(deviation(values), 0.5, 0.01);
  EXPECT_GT(largest(values), 2.5);
  values = draw(form("TruncatedNormal", R"({"mean": 1.0, "stddev": 0.5})"), {200, 300});
  EXPECT_NEAR(mean(values), 1, 0.01);
  EXPECT_NEAR(deviation(values), 0.5 * 0.87962566, 0.01);
  EXPECT_LE(largest(values), 2);
  values = draw(form("RandomUniform", R"({"minval": 1.0, "maxval": 3.0})"), {200, 300});
  EXPECT_NEAR(mean(values), 2, 0.01);
  EXPECT_NEAR(deviation(values), 2 / std::sqrt(12.0), 0.01);
  EXPECT_GE(*std::min_element(values.begin(), values.end()), 1);
  EXPECT_LT(largest(values), 3);
  EXPECT_NEAR(deviation(draw("random_normal", {200, 300})), 0.05, 0.001);
  EXPECT_LE(largest(draw("uniform", {200, 300})), 0.05);
}

// The rows or columns, whichever are fewer, are orthogonal and of length gain.
TEST(Initializers, OrthogonalIsOrthogonal) {
  for (const Shape& shape : {Shape{30, 12}, Shape{12, 30}, Shape{3, 2, 4, 10}, Shape{2, 3, 20}}) {
    const std::vector<double> values = draw(form("OrthogonalInitializer", R"({"gain": 2.0})"), shape);
    const auto columns = static_cast<std::size_t>(shape.back());
    const std::size_t rows = values.size() / columns, count = std::min(rows, columns);
    const std::size_t step = rows < columns ? columns : 1, stride = rows < columns ? 1 : columns;
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        double product = 0;
        for (std::size_t k = 0; k < std::max(rows, columns); ++k)
          product += values[i * step + k * stride] * values[j * step + k * stride];
        EXPECT_NEAR(product, i == j ? 4 : 0, 1e-12) << i << " " << j;
      }
  }
  EXPECT_ERROR(draw("orthogonal", {4}), ErrorCode::corrupt_file, "two axes");
}

TEST(Initializers, FillConstants) {
  EXPECT_EQ(draw("zeros", {2}), (std::vector<double>{0, 0}));
  EXPECT_EQ(draw(nullptr, {2}), (std::vector<double>{0, 0}));
  EXPECT_EQ(draw("ones", {2}), (std::vector<double>{1, 1}));
  EXPECT_EQ(draw(form("Constant", R"({"value": 0.25})"), {2}), (std::vector<double>{0.25, 0.25}));
  EXPECT_EQ(draw(form("Constant", R"({"value": [1, 2]})"), {2, 2}), (std::vector<double>{1, 2, 1, 2}));
  EXPECT_ERROR(draw(form("Constant", R"({"value": [1, 2]})"), {3}), ErrorCode::corrupt_file, "doesn't fit");
  EXPECT_EQ(draw(form("Identity", R"({"gain": 3})"), {2, 3}), (std::vector<double>{3, 0, 0, 0, 3, 0}));
  EXPECT_ERROR(draw("identity", {2}), ErrorCode::corrupt_file, "matrices");
}

// What Keras 3 gives for STFT(side, "hamming", "spectrum", periodic=True) and STFT("imag"), shape (4, 1, 3).
TEST(Initializers, FillFourierKernels) {
  const std::vector<double> real =
      draw(form("STFT", R"({"side": "real", "window": "hamming", "scaling": "spectrum", "periodic": true})"),
           {4, 1, 3});
  const std::vector<double> imag = draw(form("STFTInitializer", R"({"side": "imag"})"), {4, 1, 3});
  const double of_keras[2][12] = {
      {1 / 27.0, 1 / 27.0, 1 / 27.0, 0.25, 0, -0.25, 12.5 / 27, -12.5 / 27, 12.5 / 27, 0.25, 0, -0.25},
      {0, 0, 0, 0, -0.707106781186548, 0, 0, 0, 0, 0, 0, 0}};
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_NEAR(real[i], of_keras[0][i], 1e-15) << i;
    EXPECT_NEAR(imag[i], of_keras[1][i], 1e-15) << i;
  }
  EXPECT_ERROR(draw(form("STFT", R"({"window": "wobble"})"), {4, 1, 3}), ErrorCode::unsupported, "wobble");
  EXPECT_ERROR(draw(form("STFT", R"({"window": [1, 2]})"), {4, 1, 3}), ErrorCode::corrupt_file, "2 values");
  EXPECT_ERROR(draw("stft", {4, 3}), ErrorCode::corrupt_file, "shape");
}

TEST(Initializers, KnowTheirNames) {
  for (const char* name :
       {"zero", "one", "normal", "random_uniform", "truncated_normal", "constant", "variance_scaling",
        "orthogonal", "Orthogonal", "IdentityInitializer", "GlorotNormal", "LecunUniform", "HeNormal"})
    EXPECT_NO_THROW(check_initializer(name)) << name;
  EXPECT_ERROR(check_initializer("mystery"), ErrorCode::unsupported, "mystery");
  EXPECT_ERROR(check_initializer(form("pkg>Mine", "{}")), ErrorCode::unsupported, "pkg>Mine");
}

TEST(Initializers, GoByTheSeed) {
  EXPECT_EQ(draw("glorot_uniform", {4, 5}, 1), draw("glorot_uniform", {4, 5}, 1));
  EXPECT_NE(draw("glorot_uniform", {4, 5}, 1), draw("glorot_uniform", {4, 5}, 2));
}

}  // namespace
}  // namespace keratin::keras
