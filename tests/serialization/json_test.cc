#include "serialization/json/json.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/serialization/expect_error.h"

namespace keratin::serialization {
namespace {

std::string again(std::string_view text, int indent = -1) {
  return print_json(parse_json(text, "t"), indent);
}

TEST(Json, PrintsAsPythonDoes) {  // the texts are json.dumps' own
  const std::string numbers =
      "[0.1, 0.0001, 1e-05, 9.999999747378752e-05, 1000000000000000.0, 1e+16, 123456789012345.6, 1.5e+300, "
      "5e-324, "
      "-0.0, 0.0010000000474974513, 0.3333333333333333, 1e+22, Infinity, 3.0, 2.5e-07, 9007199254740992.0, "
      "NaN, "
      "-Infinity, 9223372036854775807, -9223372036854775808]";
  EXPECT_EQ(again(numbers), numbers);
  const std::string text =
      R"({"a": [], "b": {}, "c": [1, {"d": null}], "\u00e9": "\ud83d\ude00\u007f\u0001\"\\/\n"})";
  EXPECT_EQ(again(text), text);
  EXPECT_EQ(again(text, 2),
            "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1,\n    {\n      \"d\": null\n    }\n  ],\n"
            "  \"\\u00e9\": \"\\ud83d\\ude00\\u007f\\u0001\\\"\\\\/\\n\"\n}");
}

TEST(Json, ReadsEveryForm) {
  EXPECT_EQ(parse_json(" \n[true,false , null]\t", "t"), Json(Json::Array{true, false, nullptr}));
  EXPECT_EQ(parse_json("\xef\xbb\xbf{\"k\" : \"\\u00e9\\/\xf0\x9f\x98\x80\"}", "t").at("k").as_string(),
            "\xc3\xa9/\xf0\x9f\x98\x80");
  EXPECT_TRUE(std::isnan(parse_json("NaN", "t").as_number()));
  EXPECT_EQ(parse_json("1e-999", "t").as_number(), 0.0);
  EXPECT_EQ(parse_json("3.0", "t").as_integer(), 3);
  EXPECT_EQ(parse_json("7", "t").as_number(), 7.0);
}

TEST(Json, KeepsTheOrderOfKeys) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i)
    text += (i ? ", \"" : "\"") + std::to_string((i * 37) % 100) + "\": " + std::to_string(i);
  text += "}";
  EXPECT_EQ(again(text), text);
  EXPECT_ERROR(again(text.substr(0, text.size() - 1) + ", \"37\": 0}"), ErrorCode::corrupt_file,
               "stands twice");
}

TEST(Json, RefusesWhatIsNoJson) {
  const std::pair<const char*, const char*> rows[] = {{"", "truncated"},
                                                      {"[1, 2", "truncated"},
                                                      {"{\"a\": ", "truncated"},
                                                      {"\"abc", "truncated"},
                                                      {"[1,]", "a value was expected"},
                                                      {"{\"a\": 1,}", "a key in quotes"},
                                                      {"[1 2]", "expected a comma"},
                                                      {"{\"a\" 1}", "a colon"},
                                                      {"{\"a\": 1, \"a\": 2}", "\"a\" stands twice"},
                                                      {"[1] 2", "text follows"},
                                                      {"01", "text follows"},
                                                      {"1.", "a digit"},
                                                      {"1e", "a digit"},
                                                      {"-", "a digit"},
                                                      {"+1", "a value was expected"},
                                                      {"nul", "a value was expected"},
                                                      {"nan", "a value was expected"},
                                                      {"[1}", "expected a comma"},
                                                      {"\"\x01\"", "control byte"},
                                                      {"\"\\x\"", "unknown escape"},
                                                      {"\"\\u12g4\"", "hexadecimal"},
                                                      {"\"\\ud800\"", "surrogate"},
                                                      {"\"\\ud800\\u0041\"", "surrogate"},
                                                      {"\"\xff\"", "UTF-8"},
                                                      {"\"\xc0\x80\"", "UTF-8"},
                                                      {"\"\xed\xa0\x80\"", "UTF-8"},
                                                      {"\"\xf4\x90\x80\x80\"", "UTF-8"},
                                                      {"9223372036854775808", "beyond 64 bits"},
                                                      {"1e999", "range of a double"},
                                                      {"'a'", "a value was expected"}};
  for (const auto& [text, message] : rows)
    EXPECT_ERROR(parse_json(text, "where"), ErrorCode::corrupt_file, message);
  EXPECT_ERROR(parse_json("[1, x]", "where"), ErrorCode::corrupt_file, "where: JSON at byte 4: ");
}

TEST(Json, KeepsItsLimits) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(again(nested(256)), nested(256));
  EXPECT_ERROR(parse_json(nested(257), "t"), ErrorCode::corrupt_file, "deeper than 256");
  EXPECT_ERROR(parse_json(std::string(5'000'000, '['), "t"), ErrorCode::corrupt_file, "deeper than 256");
  std::string many = "[";
  for (int i = 0; i < 4 << 20; ++i) many += "0,";
  EXPECT_ERROR(parse_json(many + "0]", "t"), ErrorCode::corrupt_file, "4 million");
  EXPECT_ERROR(parse_json('"' + std::string((16 << 20) + 1, 'a') + '"', "t"), ErrorCode::corrupt_file,
               "16 MiB");
  EXPECT_ERROR(parse_json(std::string((64 << 20) + 1, ' '), "t"), ErrorCode::corrupt_file, "64 MiB");
}

TEST(Json, SaysWhatWasFound) {
  const Json value = parse_json(R"({"a": "text", "b": [1]})", "t");
  EXPECT_ERROR(value.at("a").as_integer(), ErrorCode::corrupt_file, "found \"text\", expected an integer");
  EXPECT_ERROR(value.at("b").as_string(), ErrorCode::corrupt_file, "found a list, expected a string");
  EXPECT_ERROR(value.at("c"), ErrorCode::corrupt_file, "the key \"c\" is missing");
  EXPECT_ERROR(Json(1.5).as_integer(), ErrorCode::corrupt_file, "found 1.5");
}

TEST(Json, IsAValueTree) {
  Json value;
  value["a"]["b"] = 1;
  value["c"] = Json::Array{1, "x"};
  EXPECT_EQ(print_json(value), R"({"a": {"b": 1}, "c": [1, "x"]})");
  EXPECT_TRUE(value.erase("a"));
  EXPECT_FALSE(value.erase("a"));
  EXPECT_EQ(value.find("a"), nullptr);
  EXPECT_FALSE(Json("").truthy());
  EXPECT_TRUE(Json(0.5).truthy());
  EXPECT_FALSE(Json(Json::Object{}).truthy());
}

}  // namespace
}  // namespace keratin::serialization
