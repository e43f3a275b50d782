// Dataset: arrays for fit and evaluate, from memory or from a file.
#include "keratin/fit.h"
#include "runtime/core/error.h"

namespace keratin {
inline namespace v1 {
namespace {

bool is_numbered(const std::string& key, const std::string& letter) {
  if (!key.starts_with(letter) || key.size() == letter.size()) return false;
  return key.find_first_not_of("0123456789", letter.size()) == std::string::npos;
}

// "x", "x0" as they are; "x:image" as "image". False: it isn't of this letter.
bool take(const std::string& key, const std::string& letter, const Tensor& tensor, NamedTensors& to) {
  if (key == letter || is_numbered(key, letter)) {
    to.emplace_back(key, tensor);
  } else if (key.starts_with(letter + ":")) {
    to.emplace_back(key.substr(letter.size() + 1), tensor);
  } else {
    return false;
  }
  return true;
}

}  // namespace

Dataset::Dataset(Tensor x, Tensor y) : arrays{{{"x", std::move(x)}}, {{"y", std::move(y)}}, {}} {}
Dataset::Dataset(Tensor x, Tensor y, Tensor sample_weight)
    : arrays{{{"x", std::move(x)}}, {{"y", std::move(y)}}, {{"sample_weight", std::move(sample_weight)}}} {}

Dataset Dataset::read(const std::string& path) {
  Arrays arrays;
  for (const auto& [key, tensor] : read_data(path)) {
    const bool taken = take(key, "x", tensor, arrays.x) || take(key, "y", tensor, arrays.y) ||
                       take(key, "sample_weight", tensor, arrays.sample_weight);
    check(
        taken, ErrorCode::data_mismatch, path, ": key \"", key,
        "\" says nothing here; expected x, x0 x1 … or x:<input>, y, y0 y1 … or y:<output>, sample_weight or ",
        "sample_weight:<output>");
  }
  check(!arrays.x.empty(), ErrorCode::data_mismatch, path, ": there is no x");
  return arrays;
}

}  // namespace v1
}  // namespace keratin
