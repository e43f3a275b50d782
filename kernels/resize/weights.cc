#include "kernels/resize/weights.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/core/error.h"

namespace keratin::resize {
namespace {

float scale_of(std::int64_t in, std::int64_t out) { return static_cast<float>(in) / static_cast<float>(out); }

// Sums below this are no weights at all.
constexpr float tiny = 1000.0f * std::numeric_limits<float>::min();
void normalize(std::vector<Term>& terms) {
  float total = 0;
  for (const Term& term : terms) total += term.weight;
  if (std::abs(total) < tiny) return;
  for (Term& term : terms) term.weight *= 1.0f / total;
}

Weights nearest(std::int64_t in, std::int64_t out) {
  Weights rows;
  for (std::int64_t i = 0; i < out; ++i) {
    const auto place =
        static_cast<std::int64_t>(std::floor((static_cast<float>(i) + 0.5f) * scale_of(in, out)));
    rows.push_back({{std::clamp<std::int64_t>(place, 0, in - 1), 1.0f}});
  }
  return rows;
}

Weights bilinear(std::int64_t in, std::int64_t out) {
  Weights rows;
  for (std::int64_t i = 0; i < out; ++i) {
    const float place = (static_cast<float>(i) + 0.5f) * scale_of(in, out) - 0.5f, whole = std::floor(place);
    const auto low = std::max<std::int64_t>(static_cast<std::int64_t>(whole), 0);
    const auto high = std::min<std::int64_t>(static_cast<std::int64_t>(std::ceil(place)), in - 1);
    const float part = place - whole;
    rows.push_back({{low, 1.0f - part}, {high, part}});
  }
  return rows;
}

// Keys' cubic with a = -0.5, at offsets rounded to 1/1024.
Weights bicubic(std::int64_t in, std::int64_t out) {
  constexpr float a = -0.5f, steps = 1024.0f;
  auto near = [](float x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  auto far = [](float x) { return ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a; };
  Weights rows;
  for (std::int64_t i = 0; i < out; ++i) {
    const float place = (static_cast<float>(i) + 0.5f) * scale_of(in, out) - 0.5f, whole = std::floor(place);
    const float part = std::nearbyint((place - whole) * steps) / steps, rest = 1.0f - part;
    const float weights[] = {far(part), near(part), near(rest), far(rest)};
    std::vector<Term> terms;
    for (std::int64_t k = 0; k < 4; ++k)
      if (const std::int64_t source = static_cast<std::int64_t>(whole) + k - 1; source >= 0 && source < in)
        terms.push_back({source, weights[k]});  // what lies outside counts nothing
    normalize(terms);
    rows.push_back(std::move(terms));
  }
  return rows;
}

// The share of each input element in the interval that an output element covers.
Weights area(std::int64_t in, std::int64_t out) {
  const float scale = scale_of(in, out);
  Weights rows;
  for (std::int64_t i = 0; i < out; ++i) {
    const float begin = static_cast<float>(i) * scale, end = static_cast<float>(i + 1) * scale;
    std::vector<Term> terms;
    for (auto k = static_cast<std::int64_t>(std::floor(begin)); k < static_cast<std::int64_t>(std::ceil(end));
         ++k) {
      const float low = static_cast<float>(k), high = static_cast<float>(k + 1);
      float share = 1.0f;
      if (low < begin)
        share = high > end ? scale : high - begin;
      else if (high > end)
        share = end - low;
      terms.push_back({std::min(k, in - 1), share / scale});
    }
    rows.push_back(std::move(terms));
  }
  return rows;
}

// A symmetric kernel, zero from its radius on.
struct Kernel {
  float radius;
  float (*value)(float distance);
};
template <int radius>
float lanczos(float x) {
  constexpr float pi = 3.14159265358979323846f;
  if (x > radius) return 0.0f;
  if (x <= 1e-3f) return 1.0f;
  return radius * std::sin(pi * x) * std::sin(pi * x / radius) / (pi * pi * x * x);
}
float triangle(float x) { return x < 1.0f ? 1.0f - x : 0.0f; }
float cubic(float x) {
  if (x >= 2.0f) return 0.0f;
  if (x >= 1.0f) return ((-0.5f * x + 2.5f) * x - 4.0f) * x + 2.0f;
  return ((1.5f * x - 2.5f) * x) * x + 1.0f;
}

// Kernels are centred on the sample; with antialias they widen as the image shrinks.
Weights sampled(const Kernel& kernel, bool antialias, std::int64_t in, std::int64_t out) {
  const float inverse = 1.0f / (static_cast<float>(out) / static_cast<float>(in));
  const float widen = antialias ? std::max(inverse, 1.0f) : 1.0f;
  Weights rows;
  for (std::int64_t i = 0; i < out; ++i) {
    const float sample = (static_cast<float>(i) + 0.5f) * inverse;
    const auto begin = static_cast<std::int64_t>(std::ceil(sample - kernel.radius * widen - 0.5f));
    const auto end = static_cast<std::int64_t>(std::floor(sample + kernel.radius * widen - 0.5f));
    std::vector<Term> terms;
    for (std::int64_t k = std::clamp<std::int64_t>(begin, 0, in - 1);
         k <= std::clamp<std::int64_t>(end, 0, in - 1); ++k) {
      const float distance = std::abs(static_cast<float>(k) + 0.5f - sample);
      terms.push_back({k, kernel.value(distance * (1.0f / widen))});
    }
    normalize(terms);
    rows.push_back(std::move(terms));
  }
  return rows;
}

struct Method {
  std::string_view name;
  Weights (*plain)(std::int64_t in, std::int64_t out);  // null: the kernel does it, too
  Kernel antialiased;                                   // without value: antialias makes no difference
};
constexpr Method methods[] = {
    {"nearest", nearest, {0, nullptr}},     {"bilinear", bilinear, {1, triangle}},
    {"bicubic", bicubic, {2, cubic}},       {"area", area, {0, nullptr}},
    {"lanczos3", nullptr, {3, lanczos<3>}}, {"lanczos5", nullptr, {5, lanczos<5>}},
};

const Method* find_method(std::string_view name) {
  for (const Method& method : methods)
    if (method.name == name) return &method;
  return nullptr;
}

}  // namespace

bool is_method(std::string_view method) { return find_method(method) != nullptr; }

Weights make_weights(std::string_view name, bool antialias, std::int64_t in, std::int64_t out) {
  const Method* method = find_method(name);
  assume(method != nullptr, "a resize method that infer let through");
  if (in == 0) return Weights(static_cast<std::size_t>(out));
  if (method->plain && !(antialias && method->antialiased.value)) return method->plain(in, out);
  return sampled(method->antialiased, antialias, in, out);
}

}  // namespace keratin::resize
