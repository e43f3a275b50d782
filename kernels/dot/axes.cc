#include "kernels/dot/axes.h"

#include <algorithm>

namespace keratin::dot {

using ir::Ints;

namespace {
std::size_t at(std::int64_t axis) { return static_cast<std::size_t>(axis); }
}  // namespace

std::optional<Group> join(const Ints& axes, const Shape& shape, const Shape& strides) {
  Group group;
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    if (shape[at(*axis)] == 1) continue;
    if (group.count == 1)
      group.step = strides[at(*axis)];
    else if (strides[at(*axis)] != group.step * group.count)
      return {};
    group.count *= shape[at(*axis)];
  }
  return group;
}

std::int64_t count(const Ints& axes, const Shape& shape) {
  std::int64_t all = 1;
  for (std::int64_t axis : axes) all *= shape[at(axis)];
  return all;
}

Ints rest(std::size_t rank, const Ints& a, const Ints& b) {
  Ints axes;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(rank); ++i)
    if (std::find(a.begin(), a.end(), i) == a.end() && std::find(b.begin(), b.end(), i) == b.end())
      axes.push_back(i);
  return axes;
}

void sort_by_a(Ints& ca, Ints& cb) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::size_t i = 0; i < ca.size(); ++i) pairs.emplace_back(ca[i], cb[i]);
  std::sort(pairs.begin(), pairs.end());
  for (std::size_t i = 0; i < ca.size(); ++i) ca[i] = pairs[i].first, cb[i] = pairs[i].second;
}

}  // namespace keratin::dot
