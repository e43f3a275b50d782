#include "runtime/ir/dim.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "keratin/error.h"

namespace keratin::ir {
namespace {

const Dim B = Dim::symbol("B"), T = Dim::symbol("T");

TEST(Dim, PrintsInOneForm) {
  EXPECT_EQ(Dim(7).to_string(), "7");
  EXPECT_EQ(B.to_string(), "B");
  EXPECT_EQ((T + B + 1).to_string(), "B+T+1");
  EXPECT_EQ((B * 2 - T).to_string(), "2*B-T");
  EXPECT_EQ((T * B * 3).to_string(), "3*B*T");
  EXPECT_EQ((B - B).to_string(), "0");
  EXPECT_EQ((Dim(-1) * B + 7).to_string(), "-B+7");
  EXPECT_EQ(floor_div(T + 1, 2).to_string(), "floor(T+1,2)");
}

TEST(Dim, EqualExpressionsAreEqual) {
  EXPECT_EQ((B + 1) * (T + 2), B * T + T + B * 2 + 2);
  EXPECT_EQ(B + T, T + B);
  EXPECT_FALSE(B == T);
  EXPECT_FALSE(B == Dim(1));
  EXPECT_EQ(floor_div(T + 1, 2) * B, B * floor_div(T + 1, 2));
  EXPECT_TRUE((B - B + 4).is_constant());
}

TEST(Dim, DividesExactlyWhereItCan) {
  EXPECT_EQ(floor_div(B * 6, 3), B * 2);
  EXPECT_EQ(floor_div(B * T, B), T);
  EXPECT_EQ(floor_div(B + T, B + T), Dim(1));
  EXPECT_EQ(floor_div(Dim(0), B), Dim(0));
  EXPECT_FALSE(exact_div(B * 3 + 1, 3));
  EXPECT_FALSE(exact_div(B, 0));
  EXPECT_EQ(floor_div(Dim(-7), 2), Dim(-4));
  EXPECT_EQ(floor_div(Dim(7), -2), Dim(-4));
  EXPECT_EQ(ceil_div(Dim(7), 2), Dim(4));
  EXPECT_EQ(ceil_div(Dim(6), 2), Dim(3));
}

TEST(Dim, Substitutes) {
  const Dim d = floor_div(T * 2 + 1, B) * T + B;
  EXPECT_EQ(d.substitute({{"T", 4}, {"B", 2}}), Dim(18));
  EXPECT_EQ(d.substitute({{"B", 1}}), T * 2 * T + T + 1);
}

TEST(Dim, RefusesWhatIsNoDimension) {
  EXPECT_THROW(B.value(), Error);
  EXPECT_THROW(floor_div(B, 0), Error);
  EXPECT_THROW(Dim::symbol(""), Error);
  EXPECT_THROW(Dim(std::numeric_limits<std::int64_t>::max()) + 1, Error);
  EXPECT_THROW(Dim(std::numeric_limits<std::int64_t>::max()) * 2, Error);
  for (const char* text :
       {"", "+", "2*", "floor(B)", "floor(B,2", "B C", "B+", "9999999999999999999", "floor(B,0)"})
    EXPECT_THROW(Dim::parse(text), Error) << text;
}

// Random expressions: print and parse back, and substitution commutes with arithmetic.
TEST(Dim, RandomExpressionsReadBack) {
  std::mt19937 random(5);
  const Symbols values = {{"B", 3}, {"T", 7}};
  for (int round = 0; round < 300; ++round) {
    std::vector<Dim> pool = {B, T, Dim(1), Dim(2), Dim(5)};
    for (int i = 0; i < 6; ++i) {
      const Dim a = pool[random() % pool.size()], b = pool[random() % pool.size()];
      const std::int64_t x = a.substitute(values).value(), y = b.substitute(values).value();
      const int kind = static_cast<int>(random() % 4);
      if (kind == 3 && (y == 0 || std::abs(x) > 100000)) continue;
      if (kind == 2 && (std::abs(x) > 10000 || std::abs(y) > 10000)) continue;
      const Dim made = kind == 0 ? a + b : kind == 1 ? a - b : kind == 2 ? a * b : floor_div(a, b);
      const double quotient = kind == 3 ? std::floor(static_cast<double>(x) / static_cast<double>(y)) : 0;
      const std::int64_t expected = kind == 0   ? x + y
                                    : kind == 1 ? x - y
                                    : kind == 2 ? x * y
                                                : static_cast<std::int64_t>(quotient);
      ASSERT_EQ(made.substitute(values), Dim(expected))
          << a.to_string() << " " << kind << " " << b.to_string();
      ASSERT_EQ(Dim::parse(made.to_string()), made) << made.to_string();
      pool.push_back(made);
    }
  }
}

TEST(Dims, AreListsOfThem) {
  EXPECT_EQ(to_string(Dims{B, 2}), "[B,2]");
  EXPECT_EQ(product({B, 2, 3}), B * 6);
  EXPECT_TRUE(is_static({1, 2}));
  EXPECT_FALSE(is_static({1, T}));
  EXPECT_THROW(to_shape({1, T}), Error);
}

}  // namespace
}  // namespace keratin::ir
