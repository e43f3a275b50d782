#include "kernels/layout/strided.h"

#include <cstring>
#include <vector>

#include "runtime/core/error.h"

namespace keratin::layout {
namespace {

struct Axis {
  std::int64_t count, from, to;
};

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

template <class T>
void copy(std::span<const Axis> axes, const T* from, T* to) {
  const Axis& axis = axes[0];
  if (axes.size() > 1) {
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

void copy_strided(std::size_t element_size, std::span<const std::int64_t> shape, const void* from,
                  std::span<const std::int64_t> from_strides, void* to,
                  std::span<const std::int64_t> to_strides) {
  for (std::int64_t dim : shape)
    if (dim == 0) return;
  const std::vector<Axis> axes = joined(shape, from_strides, to_strides);
  with_element(element_size, [&](auto element) {
    using T = decltype(element);
    copy<T>(axes, static_cast<const T*>(from), static_cast<T*>(to));
  });
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
