// The memory plan: values that live at the same time never overlap, and it is no larger than it must be.
#include <gtest/gtest.h>

#include <random>

#include "runtime/exec/executable.h"

namespace keratin::exec {
namespace {

void expect_valid(const std::vector<Lifetime>& values, std::size_t total) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i].offset % 64, 0u);
    EXPECT_LE(values[i].offset + values[i].bytes, total);
    for (std::size_t j = 0; j < i; ++j) {
      const Lifetime &a = values[i], &b = values[j];
      if (a.last < b.first || b.last < a.first || !a.bytes || !b.bytes) continue;
      EXPECT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset)
          << i << " and " << j << " overlap";
    }
  }
}

TEST(MemoryPlan, ReusesWhatIsFree) {
  std::vector<Lifetime> chain;  // each value lives with the next one only
  for (std::size_t i = 0; i < 10; ++i) chain.push_back({640, i, i + 1});
  const std::size_t total = plan_memory(chain);
  EXPECT_EQ(total, 2 * 640u);
  expect_valid(chain, total);
}

TEST(MemoryPlan, OfNothingIsNothing) {
  std::vector<Lifetime> none;
  EXPECT_EQ(plan_memory(none), 0u);
  std::vector<Lifetime> empty = {{0, 0, 0}, {0, 0, 3}};
  EXPECT_EQ(plan_memory(empty), 0u);
}

TEST(MemoryPlan, FitsRandomLifetimes) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> values;
    std::size_t sum = 0;
    for (std::size_t i = 0, n = random() % 30; i < n; ++i) {
      const std::size_t first = random() % 20, bytes = random() % 2000;
      values.push_back({bytes, first, first + random() % 6});
      sum += (bytes + 63) / 64 * 64;
    }
    const std::size_t total = plan_memory(values);
    expect_valid(values, total);
    EXPECT_LE(total, sum);
    std::size_t peak = 0;  // no plan can be smaller
    for (std::size_t step = 0; step < 30; ++step) {
      std::size_t alive = 0;
      for (const Lifetime& value : values)
        if (value.first <= step && step <= value.last) alive += value.bytes;
      peak = std::max(peak, alive);
    }
    EXPECT_GE(total, peak);
  }
}

}  // namespace
}  // namespace keratin::exec
