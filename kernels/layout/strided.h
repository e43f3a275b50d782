// Copies between strided blocks of elements of any size: what every op that only moves data rests on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace keratin::layout {

// to[i · to_strides] = from[i · from_strides] for every index i below shape. Strides count elements, 0 and
// negative ones included. Contiguous inner axes are copied in one piece.
void copy_strided(std::size_t element_size, std::span<const std::int64_t> shape, const void* from,
                  std::span<const std::int64_t> from_strides, void* to,
                  std::span<const std::int64_t> to_strides);

// The same with the choices made once: what kernels keep.
class StridedCopy {
 public:
  struct Axis {
    std::int64_t count, from, to;
  };
  StridedCopy(std::size_t element_size, std::span<const std::int64_t> shape,
              std::span<const std::int64_t> from_strides, std::span<const std::int64_t> to_strides);
  void run(const void* from, void* to) const;
  // Splits the outermost axis; parts() is how often that can be done.
  std::int64_t parts() const { return empty_ ? 0 : axes_[0].count; }
  std::int64_t elements() const;
  void run(const void* from, void* to, std::int64_t begin, std::int64_t end) const;

 private:
  std::size_t element_size_;
  bool empty_ = false;
  std::vector<Axis> axes_;  // joined where both sides are contiguous
};

void fill(std::size_t element_size, std::int64_t count, const void* value, void* to);

}  // namespace keratin::layout
