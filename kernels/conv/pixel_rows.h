// The rows of a convolution as a matrix product: per output pixel, where its pixels of x lie for each part of
// the window. Nothing is copied but the rows that hang over an edge or share their three with another line.
#pragma once

#include <vector>

#include "kernels/conv/geometry.h"
#include "kernels/dot/gemm.h"

namespace keratin::conv {

class PixelRows {
 public:
  // channels: of one group.
  PixelRows(const Geometry& geometry, std::int64_t channels);

  std::int64_t rows() const { return rows_; }
  std::int64_t runs() const { return runs_; }
  std::int64_t length() const { return length_; }
  // Floats that fill may need for three rows of a tile.
  std::int64_t edge() const { return runs_ * (2 * std::max(step_, length_) + length_); }
  void fill(const float* x, std::int64_t begin, std::int64_t count, std::int64_t rows_per_tile,
            gemm::TileRun* runs, float* edge) const;

 private:
  struct Pixel;   // of y
  struct Filler;  // of one tile
  bool crosses(const Pixel& first, std::int64_t rows) const;

  Geometry g_;
  std::int64_t channels_, rows_, runs_, length_;
  std::int64_t step_;  // between neighbouring rows
  bool joined_;        // a run is a whole line of the window: neighbouring pixels are neighbours in memory
  std::vector<float> zeros_;
};

// Those of one image batch, from its first channel of the group on.
class PixelSource final : public gemm::RowSource {
 public:
  PixelSource(const PixelRows& rows, const float* x) : rows_(rows), x_(x) {}
  void fill(std::int64_t begin, std::int64_t count, std::int64_t rows_per_tile, gemm::TileRun* runs,
            float* edge) const override {
    rows_.fill(x_, begin, count, rows_per_tile, runs, edge);
  }

 private:
  const PixelRows& rows_;
  const float* x_;
};

}  // namespace keratin::conv
