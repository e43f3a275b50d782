#include "runtime/ir/attribute.h"

#include <gtest/gtest.h>

#include "keratin/error.h"

namespace keratin::ir {
namespace {

TEST(Type, PrintsAndReadsBack) {
  for (const char* text : {"f32[B,64]", "bool[]", "bf16[floor(T+1,2),3]", "u64[2*B]", "str[4]", "i8[0]"})
    EXPECT_EQ(to_string(parse_type(text)), text);
  for (const char* text : {"", "f32", "f33[1]", "f32[1", "f32[,]", "f32[1]x"})
    EXPECT_THROW(parse_type(text), Error) << text;
}

TEST(Type, BroadcastsAsNumpy) {
  const Dim B = Dim::symbol("B");
  EXPECT_EQ(broadcast({B, 1, 3}, {4, 1}), (Dims{B, 4, 3}));
  EXPECT_EQ(broadcast({}, {2}), (Dims{2}));
  EXPECT_EQ(broadcast({1}, {0}), (Dims{0}));
  EXPECT_THROW(broadcast({B}, {2}), Error);
  EXPECT_THROW(broadcast({3}, {2}), Error);
}

struct Row {
  AttributeKind kind;
  const char* text;
};
constexpr Row rows[] = {
    {AttributeKind::boolean, "true"},
    {AttributeKind::integer, "-3"},
    {AttributeKind::real, "0.1"},
    {AttributeKind::real, "-inf"},
    {AttributeKind::real, "nan"},
    {AttributeKind::real, "1e+300"},
    {AttributeKind::real, "2.0"},
    {AttributeKind::string, R"("a \"b\" \\ c, {d} = e")"},
    {AttributeKind::string, R"("two\nlines")"},
    {AttributeKind::string, R"("back\\nslash")"},
    {AttributeKind::string, R"("")"},
    {AttributeKind::dtype, "bf16"},
    {AttributeKind::ints, "[1,-2,3]"},
    {AttributeKind::ints, "[]"},
    {AttributeKind::floats, "[0.5,-inf]"},
    {AttributeKind::dims, "[B,floor(T+1,2),3]"},
    {AttributeKind::tensor, "f32[2]{0000803f00000040}"},
    {AttributeKind::tensor, "i64[0]{}"},
};

TEST(Attribute, PrintsAndReadsBack) {
  for (const Row& row : rows) {
    const Attribute value = parse_attribute(row.kind, row.text);
    EXPECT_EQ(value.index(), static_cast<std::size_t>(row.kind));
    EXPECT_EQ(to_string(value), row.text);
    EXPECT_TRUE(equal(value, parse_attribute(row.kind, to_string(value))));
  }
  EXPECT_EQ(std::get<std::string>(parse_attribute(AttributeKind::string, R"("two\nlines")")), "two\nlines");
  EXPECT_FALSE(
      equal(parse_attribute(AttributeKind::real, "1.0"), parse_attribute(AttributeKind::integer, "1")));
  EXPECT_FALSE(equal(parse_attribute(AttributeKind::tensor, "f32[1]{00000000}"),
                     parse_attribute(AttributeKind::tensor, "f32[1]{00000080}")))
      << "zeros of two signs differ";
}

TEST(Attribute, RefusesOtherText) {
  const Row bad[] = {{AttributeKind::boolean, "yes"},     {AttributeKind::integer, "1.5"},
                     {AttributeKind::integer, ""},        {AttributeKind::real, "1.0x"},
                     {AttributeKind::string, "open"},     {AttributeKind::dtype, "float"},
                     {AttributeKind::ints, "1,2"},        {AttributeKind::ints, "[1,]"},
                     {AttributeKind::dims, "[B,,2]"},     {AttributeKind::tensor, "f32[2]{00}"},
                     {AttributeKind::tensor, "f32[B]{}"}, {AttributeKind::tensor, "f32[1]{0000zz3f}"},
                     {AttributeKind::tensor, "f32[1]"}};
  for (const Row& row : bad) EXPECT_THROW(parse_attribute(row.kind, row.text), Error) << row.text;
}

}  // namespace
}  // namespace keratin::ir
