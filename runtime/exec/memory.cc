// Memory plan: the better of greedy-by-size and greedy-by-breadth (Pisarchyk & Lee 2020, "Efficient Memory
// Management for Deep Neural Net Inference"), each placing a value at the lowest offset that is free in its
// lifetime.
#include <algorithm>
#include <numeric>

#include "runtime/exec/executable.h"

namespace keratin::exec {
namespace {

constexpr std::size_t alignment = 64;

std::size_t place(const std::vector<Lifetime>& values, const std::vector<std::size_t>& order,
                  std::vector<std::size_t>& offsets) {
  std::size_t total = 0;
  std::vector<std::size_t> placed;  // by offset
  for (std::size_t i : order) {
    const std::size_t bytes = (values[i].bytes + alignment - 1) / alignment * alignment;
    std::size_t at = 0;
    for (std::size_t j : placed) {
      if (values[j].last < values[i].first || values[j].first > values[i].last) continue;
      if (offsets[j] >= at + bytes) break;
      at = std::max(at, offsets[j] + (values[j].bytes + alignment - 1) / alignment * alignment);
    }
    offsets[i] = at;
    total = std::max(total, at + bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), i,
                                   [&](std::size_t a, std::size_t b) { return offsets[a] < offsets[b]; }),
                  i);
  }
  return total;
}

}  // namespace

std::size_t plan_memory(std::vector<Lifetime>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a].bytes > values[b].bytes; });
  std::vector<std::size_t> by_size(values.size()), by_breadth(values.size());
  const std::size_t size_total = place(values, order, by_size);
  // breadth of a value: all bytes alive at its first step
  std::vector<std::size_t> breadth(values.size(), 0);
  for (std::size_t i = 0; i < values.size(); ++i)
    for (const Lifetime& other : values)
      if (other.first <= values[i].first && values[i].first <= other.last) breadth[i] += other.bytes;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return breadth[a] > breadth[b]; });
  const std::size_t breadth_total = place(values, order, by_breadth);
  const bool size_wins = size_total <= breadth_total;
  for (std::size_t i = 0; i < values.size(); ++i) values[i].offset = size_wins ? by_size[i] : by_breadth[i];
  return std::min(size_total, breadth_total);
}

}  // namespace keratin::exec
