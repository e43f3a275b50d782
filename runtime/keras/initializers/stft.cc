#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/keras/initializer.h"

namespace keratin {
namespace {

// A window that is a sum of cosines: w(x) = c0 - c1 cos(2 pi x) + c2 cos(4 pi x) - …
struct Window {
  const char* name;
  double c[4];
};
constexpr Window windows[] = {
    {"hann", {0.5, 0.5, 0, 0}},
    {"hamming", {0.54, 0.46, 0, 0}},
    {"blackman", {0.42, 0.5, 0.08, 0}},
    {"blackmanharris", {0.35875, 0.48829, 0.14128, 0.01168}},
    {"nuttall", {0.3635819, 0.4891775, 0.1365995, 0.0106411}},
    {"boxcar", {1, 0, 0, 0}},
};

std::vector<double> named_window(const std::string& name, std::size_t length, bool periodic) {
  std::string known;
  for (const Window& window : windows) {
    known += (known.empty() ? "" : ", ") + std::string(window.name);
    if (name != window.name) continue;
    std::vector<double> values(length, 1);
    if (length == 1) return values;
    const double period = static_cast<double>(periodic ? length : length - 1);
    for (std::size_t t = 0; t < length; ++t) {
      values[t] = 0;
      for (int k = 0; k < 4; ++k)
        values[t] += (k % 2 ? -1 : 1) * window.c[k] *
                     std::cos(2 * std::numbers::pi * k * static_cast<double>(t) / period);
    }
    return values;
  }
  fail(ErrorCode::unsupported, "STFT: window \"", name, "\" is not known, expected one of ", known,
       ", or the values themselves");
}

// The window's value for each step of the frame, scaled.
std::vector<double> weights(const serialization::Json& config, std::size_t length) {
  std::vector<double> values(length, 1);
  const serialization::Json* window = config.find("window");
  if (window && window->is_null()) return values;
  const serialization::Json* periodic = config.find("periodic");
  if (window && window->is_array()) {
    check(window->as_array().size() == length, ErrorCode::corrupt_file, "STFT: ", window->as_array().size(),
          " values of a window for frames of ", length);
    for (std::size_t t = 0; t < length; ++t) values[t] = window->as_array()[t].as_number();
  } else {
    values = named_window(window ? window->as_string() : "hann", length, periodic && periodic->as_bool());
  }
  const serialization::Json* scaling = config.find("scaling");
  if (scaling && scaling->is_null()) return values;
  const std::string kind = scaling ? scaling->as_string() : "density";
  check(kind == "density" || kind == "spectrum", ErrorCode::corrupt_file, "STFT: scaling \"", kind,
        "\", expected density, spectrum or null");
  double sum = 0;
  for (double value : values) sum += kind == "density" ? value * value : std::fabs(value);
  const double divisor = kind == "density" ? std::sqrt(sum) : sum;
  for (double& value : values) value /= divisor;
  return values;
}

// Shape (frame, 1, bands): the cosines or minus the sines of a Fourier transform, windowed.
void fill(const serialization::Json& config, std::span<const std::int64_t> shape, keras::RandomSource&,
          std::span<double> values) {
  check(shape.size() == 3 && shape[1] == 1, ErrorCode::corrupt_file,
        "STFT is for kernels of shape (frame, 1, bands)");
  const serialization::Json* found = config.find("side");
  const std::string side = found ? found->as_string() : "real";
  check(side == "real" || side == "imag", ErrorCode::corrupt_file, "STFT: side \"", side,
        "\", expected real or imag");
  const auto frame = static_cast<std::size_t>(shape[0]), bands = static_cast<std::size_t>(shape[2]);
  const std::vector<double> window = weights(config, frame);
  for (std::size_t t = 0; t < frame; ++t)
    for (std::size_t f = 0; f < bands; ++f) {
      const double angle = -2 * std::numbers::pi * static_cast<double>(t) * static_cast<double>(f) /
                           static_cast<double>(2 * (bands - 1));
      values[t * bands + f] = (side == "real" ? std::cos(angle) : std::sin(angle)) * window[t];
    }
}
constexpr const char* aliases[] = {"stft", "STFTInitializer"};

}  // namespace
extern const keras::InitializerDef initializer_stft{"STFT", fill, aliases};
}  // namespace keratin
