#include "kernels/layout/strided.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "runtime/core/error.h"

namespace keratin::layout {
namespace {

using Axis = StridedCopy::Axis;

// Drops axes of one and joins axes that are contiguous on both sides.
std::vector<Axis> joined(std::span<const std::int64_t> shape, std::span<const std::int64_t> from,
                         std::span<const std::int64_t> to) {
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    const Axis axis{shape[i], from[i], to[i]};
    if (!axes.empty() && axes.back().from == axis.from * axis.count &&
        axes.back().to == axis.to * axis.count) {
      axes.back() = {axes.back().count * axis.count, axis.from, axis.to};
    } else {
      axes.push_back(axis);
    }
  }
  if (axes.empty()) axes.push_back({1, 1, 1});
  return axes;
}

template <class T>
void copy_row(const Axis& axis, const T* from, T* to) {
  for (std::int64_t i = 0; i < axis.count; ++i) to[i * axis.to] = from[i * axis.from];
}

// Two axes, one contiguous on each side, in blocks whose lines stay in the L1 cache.
template <class T>
void copy_transposed(const Axis& outer, const Axis& inner, const T* from, T* to) {
  constexpr std::int64_t block = 16;
  for (std::int64_t i = 0; i < outer.count; i += block)
    for (std::int64_t j = 0; j < inner.count; j += block) {
      const std::int64_t i_end = std::min(outer.count, i + block), j_end = std::min(inner.count, j + block);
      for (std::int64_t a = i; a < i_end; ++a)
        for (std::int64_t b = j; b < j_end; ++b)
          to[a * outer.to + b * inner.to] = from[a * outer.from + b * inner.from];
    }
}

template <class T>
void copy(std::span<const Axis> axes, const T* from, T* to) {
  const Axis& axis = axes[0];
  if (axes.size() == 2 && axis.from == 1 && axes[1].to == 1 && axes[1].from != 0) {
    copy_transposed(axis, axes[1], from, to);
  } else if (axes.size() > 1) {
    for (std::int64_t i = 0; i < axis.count; ++i)
      copy(axes.subspan(1), from + i * axis.from, to + i * axis.to);
  } else if (axis.from == 1 && axis.to == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(axis.count) * sizeof(T));
  } else {
    copy_row(axis, from, to);
  }
}

template <class Visit>
void with_element(std::size_t size, Visit visit) {
  if (size == 1)
    visit(std::uint8_t{});
  else if (size == 2)
    visit(std::uint16_t{});
  else if (size == 4)
    visit(std::uint32_t{});
  else if (size == 8)
    visit(std::uint64_t{});
  else
    assume(false, "an element has 1, 2, 4 or 8 bytes");
}

}  // namespace

StridedCopy::StridedCopy(std::size_t element_size, std::span<const std::int64_t> shape,
                         std::span<const std::int64_t> from_strides, std::span<const std::int64_t> to_strides)
    : element_size_(element_size), axes_(joined(shape, from_strides, to_strides)) {
  for (std::int64_t dim : shape) empty_ |= dim == 0;
  // the axis along which x lies goes next to the last, where copy finds it
  const std::size_t last = axes_.size() - 1;
  if (axes_[last].to != 1 || axes_[last].from == 1) return;
  for (std::size_t i = 0; i + 1 < last; ++i)
    if (axes_[i].from == 1)
      std::rotate(axes_.begin() + static_cast<std::ptrdiff_t>(i),
                  axes_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                  axes_.begin() + static_cast<std::ptrdiff_t>(last));
}

std::int64_t StridedCopy::elements() const {
  std::int64_t count = empty_ ? 0 : 1;
  for (const Axis& axis : axes_) count *= axis.count;
  return count;
}

void StridedCopy::run(const void* from, void* to) const { run(from, to, 0, parts()); }

void StridedCopy::run(const void* from, void* to, std::int64_t begin, std::int64_t end) const {
  if (empty_ || begin == end) return;
  constexpr std::size_t most_axes = 16;
  assume(axes_.size() <= most_axes, "a copy has at most 16 axes");
  std::array<Axis, most_axes> axes;
  std::copy(axes_.begin(), axes_.end(), axes.begin());
  axes[0].count = end - begin;
  with_element(element_size_, [&](auto element) {
    using T = decltype(element);
    copy<T>(std::span(axes).first(axes_.size()), static_cast<const T*>(from) + begin * axes[0].from,
            static_cast<T*>(to) + begin * axes[0].to);
  });
}

void copy_strided(std::size_t element_size, std::span<const std::int64_t> shape, const void* from,
                  std::span<const std::int64_t> from_strides, void* to,
                  std::span<const std::int64_t> to_strides) {
  StridedCopy(element_size, shape, from_strides, to_strides).run(from, to);
}

void fill(std::size_t element_size, std::int64_t count, const void* value, void* to) {
  with_element(element_size, [&](auto element) {
    using T = decltype(element);
    T one;
    std::memcpy(&one, value, sizeof one);
    for (std::int64_t i = 0; i < count; ++i) static_cast<T*>(to)[i] = one;
  });
}

}  // namespace keratin::layout
