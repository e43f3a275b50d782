#include "kernels/conv/pixel_rows.h"

#include <algorithm>
#include <cstring>

namespace keratin::conv {
namespace {

constexpr std::int64_t few_channels = 32;  // below, a run of one pixel is too short to be worth its start

}  // namespace

PixelRows::PixelRows(const Geometry& geometry, std::int64_t channels) : g_(geometry), channels_(channels) {
  const auto& [a, b, c] = g_.axes;
  rows_ = g_.batch * a.out * b.out * c.out;
  joined_ = c.window > 1 && c.dilation == 1 && c.input_dilation == 1 && channels == g_.channels &&
            channels < few_channels;
  runs_ = a.window * b.window * (joined_ ? 1 : c.window);
  length_ = channels * (joined_ ? c.window : 1);
  zeros_.assign(static_cast<std::size_t>(length_), 0.0f);
}

// The run of window pixels from place on; x is the image's row.
const float* PixelRows::joined(const float* x, std::int64_t place, float*& edge) const {
  const Axis& c = g_.axes[2];
  if (place >= 0 && place + c.window <= c.size) return x + place * channels_;
  if (place + c.window <= 0 || place >= c.size) return zeros_.data();
  float* run = edge;
  edge += length_;
  const std::int64_t first = std::max<std::int64_t>(place, 0), last = std::min(place + c.window, c.size);
  std::fill_n(run, length_, 0.0f);
  std::memcpy(run + (first - place) * channels_, x + first * channels_,
              static_cast<std::size_t>((last - first) * channels_) * sizeof(float));
  return run;
}

void PixelRows::fill(const float* x, std::int64_t begin, std::int64_t count, std::int64_t rows_per_tile,
                     const float** pointers, float* edge) const {
  const auto& [a, b, c] = g_.axes;
  const std::int64_t image = a.size * b.size * c.size * g_.channels;
  std::int64_t oc = begin % c.out, ob = begin / c.out % b.out, oa = begin / c.out / b.out % a.out,
               n = begin / c.out / b.out / a.out;
  for (std::int64_t group = 0; group < count; group += rows_per_tile) {
    const std::int64_t rows = std::min(rows_per_tile, count - group);
    for (std::int64_t r = 0; r < rows; ++r) {
      const float** to = pointers + group * runs_ + r;
      for (std::int64_t ka = 0; ka < a.window; ++ka) {
        const std::int64_t xa = a.source(oa, ka);
        for (std::int64_t kb = 0; kb < b.window; ++kb) {
          const std::int64_t xb = b.source(ob, kb);
          const bool outside = xa < 0 || xb < 0;
          const float* row = outside ? nullptr : x + n * image + (xa * b.size + xb) * c.size * g_.channels;
          if (joined_) {
            *to = outside ? zeros_.data() : joined(row, oc * c.stride - c.low, edge);
            to += rows;
            continue;
          }
          for (std::int64_t kc = 0; kc < c.window; ++kc, to += rows) {
            const std::int64_t xc = outside ? -1 : c.source(oc, kc);
            *to = xc < 0 ? zeros_.data() : row + xc * g_.channels;
          }
        }
      }
      if (++oc < c.out) continue;
      oc = 0;
      if (++ob < b.out) continue;
      ob = 0;
      if (++oa < a.out) continue;
      oa = 0;
      ++n;
    }
  }
}

}  // namespace keratin::conv
