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
  step_ = c.stride * g_.channels;
  zeros_.assign(static_cast<std::size_t>(2 * std::max(step_, length_) + length_), 0.0f);
}

struct PixelRows::Pixel {
  std::int64_t n, a, b, c;

  Pixel(const Geometry& g, std::int64_t row)
      : n(row / g.axes[2].out / g.axes[1].out / g.axes[0].out),
        a(row / g.axes[2].out / g.axes[1].out % g.axes[0].out),
        b(row / g.axes[2].out % g.axes[1].out),
        c(row % g.axes[2].out) {}
  void advance(const Geometry& g, std::int64_t rows) {
    for (c += rows; c >= g.axes[2].out; c -= g.axes[2].out) {
      if (++b < g.axes[1].out) continue;
      b = 0;
      if (++a < g.axes[0].out) continue;
      a = 0;
      ++n;
    }
  }
};

struct PixelRows::Filler {
  const PixelRows& of;
  const float* x;
  gemm::TileRun* runs;
  float*& edge;
  std::int64_t step;  // of the tile's rows

  // Line (xa, xb) of image n, or null outside.
  const float* line(const Pixel& p, std::int64_t ka, std::int64_t kb) const {
    const auto& [a, b, c] = of.g_.axes;
    const std::int64_t xa = a.source(p.a, ka), xb = b.source(p.b, kb);
    if (xa < 0 || xb < 0) return nullptr;
    return x + ((p.n * a.size + xa) * b.size + xb) * c.size * of.g_.channels;
  }

  // One row of one run, with zeros for what is outside.
  void copy(const float* line, std::int64_t column, std::int64_t kc, float* to) const {
    const Axis& c = of.g_.axes[2];
    std::fill_n(to, of.length_, 0.0f);
    if (!line) return;
    if (!of.joined_) {
      const std::int64_t place = c.source(column, kc);
      if (place >= 0) std::copy_n(line + place * of.g_.channels, of.length_, to);
      return;
    }
    const std::int64_t place = column * c.stride - c.low, first = std::max<std::int64_t>(place, 0),
                       last = std::min(place + c.window, c.size);
    if (first < last)
      std::copy_n(line + first * of.channels_, (last - first) * of.channels_,
                  to + (first - place) * of.channels_);
  }

  // The rows of one third, one by one.
  const float* gather(Pixel p, std::int64_t rows, std::int64_t ka, std::int64_t kb, std::int64_t kc) {
    float* const to = edge;
    for (std::int64_t r = 0; r < rows; ++r, p.advance(of.g_, 1))
      copy(line(p, ka, kb), p.c, kc, to + r * step);
    edge += 2 * step + of.length_;
    return to;
  }

  // The rows of one third that lie side by side on one line.
  const float* side_by_side(const float* line, const Pixel& p, std::int64_t rows, std::int64_t ka,
                            std::int64_t kb, std::int64_t kc) {
    const Axis& c = of.g_.axes[2];
    const std::int64_t place = p.c * c.stride + kc * c.dilation - c.low,
                       last = place + (rows - 1) * c.stride + (of.joined_ ? c.window - 1 : 0);
    if (!line || last < 0 || place >= c.size) return of.zeros_.data();
    if (place >= 0 && last < c.size) return line + place * of.g_.channels;
    return gather(p, rows, ka, kb, kc);
  }

  // All rows of a tile when they lie on one line: run by run, the thirds follow one another.
  void one_line(const Pixel& p, std::int64_t rows) {
    const auto& [a, b, c] = of.g_.axes;
    const auto groups = static_cast<std::size_t>(gemm::thirds(rows));
    const std::int64_t first = p.c * c.stride - c.low,
                       reach = (rows - 1) * c.stride + (of.joined_ ? c.window - 1 : 0);
    gemm::TileRun* run = runs;
    for (std::int64_t ka = 0; ka < a.window; ++ka)
      for (std::int64_t kb = 0; kb < b.window; ++kb) {
        const float* at = line(p, ka, kb);
        for (std::int64_t kc = 0; kc < (of.joined_ ? 1 : c.window); ++kc, ++run) {
          const std::int64_t place = first + kc * c.dilation;
          const bool inside = at && place >= 0 && place + reach < c.size;
          const float* start = inside ? at + place * of.g_.channels : nullptr;
          run->step = step;
          for (std::size_t g = 0; g < groups; ++g) {
            const auto row = static_cast<std::int64_t>(3 * g);
            if (inside) {
              run->starts[g] = start + row * step;
            } else {
              Pixel q = p;
              q.c += row;
              run->starts[g] = side_by_side(at, q, std::min<std::int64_t>(3, rows - row), ka, kb, kc);
            }
          }
        }
      }
  }

  void third(std::size_t index, const Pixel& p, std::int64_t rows) {
    const auto& [a, b, c] = of.g_.axes;
    const bool beside = step == of.step_ && p.c + rows <= c.out && c.input_dilation == 1;
    gemm::TileRun* run = runs;
    for (std::int64_t ka = 0; ka < a.window; ++ka)
      for (std::int64_t kb = 0; kb < b.window; ++kb) {
        const float* at = beside ? line(p, ka, kb) : nullptr;
        for (std::int64_t kc = 0; kc < (of.joined_ ? 1 : c.window); ++kc, ++run) {
          run->starts[index] = beside ? side_by_side(at, p, rows, ka, kb, kc) : gather(p, rows, ka, kb, kc);
          run->step = step;
        }
      }
  }
};

// Whether a third of the rows goes over the end of a line.
bool PixelRows::crosses(const Pixel& first, std::int64_t rows) const {
  const std::int64_t out = g_.axes[2].out;
  for (std::int64_t row = 0; row < rows; row += 3)
    if ((first.c + row) % out + std::min<std::int64_t>(3, rows - row) > out) return true;
  return false;
}

void PixelRows::fill(const float* x, std::int64_t begin, std::int64_t count, std::int64_t rows_per_tile,
                     gemm::TileRun* runs, float* edge) const {
  Pixel pixel(g_, begin);
  for (std::int64_t tile = 0; tile < count; tile += rows_per_tile, runs += runs_) {
    const std::int64_t rows = std::min(rows_per_tile, count - tile);
    // joined rows overlap, so those of two lines can't keep their step
    const bool apart = joined_ && length_ > step_ && crosses(pixel, rows);
    Filler filler{*this, x, runs, edge, apart ? length_ : step_};
    if (!apart && pixel.c + rows <= g_.axes[2].out && g_.axes[2].input_dilation == 1) {
      filler.one_line(pixel, rows);
      pixel.advance(g_, rows);
      continue;
    }
    for (std::int64_t row = 0; row < rows; row += 3) {
      const std::int64_t three = std::min<std::int64_t>(3, rows - row);
      filler.third(static_cast<std::size_t>(row / 3), pixel, three);
      pixel.advance(g_, three);
    }
  }
}

}  // namespace keratin::conv
