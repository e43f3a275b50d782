// Keys of configs with and without values, read, written and documented.
#include "runtime/keras/config.h"

#include <gtest/gtest.h>

namespace keratin::tests {
namespace {

using namespace keras;

struct Config {
  std::optional<std::string> name, other;
  std::optional<std::int64_t> size;
  std::optional<double> rate;
  std::optional<bool> flag;

  template <class V>
  void describe(V& v) {
    v("name", name, nullptr);
    v("other", other, "given");
    v("size", size, nullptr);
    v("rate", rate, std::nullopt);
    v("flag", flag, nullptr);
  }
};

Config read(const char* text) {
  const Json json = serialization::parse_json(text, "config");
  Json left = json;
  Config config;
  ConfigReader reader(json, left);
  config.describe(reader);
  EXPECT_TRUE(left.as_object().empty());
  return config;
}

Json written(Config config) {
  ConfigWriter writer;
  config.describe(writer);
  return writer.take();
}

TEST(Config, OptionalKeysMayDefaultToNull) {
  const Config absent = read("{}");
  EXPECT_FALSE(absent.name || absent.size || absent.rate || absent.flag);
  EXPECT_EQ(absent.other, "given");
  const char* const nulls = R"({"name": null, "other": null, "size": null, "rate": null, "flag": null})";
  const Config null = read(nulls);
  EXPECT_FALSE(null.name || null.other || null.size || null.rate || null.flag);
  EXPECT_EQ(written(null), serialization::parse_json(nulls, "nulls"));
  const char* const values = R"({"name": "a", "other": "b", "size": 3, "rate": 0.5, "flag": false})";
  EXPECT_EQ(written(read(values)), serialization::parse_json(values, "values"));
}

TEST(Config, DocumentsDefaultsOfNull) {
  Config config;
  ConfigDocumenter documenter;
  config.describe(documenter);
  const std::vector<KeyDoc> keys = documenter.take();
  ASSERT_EQ(keys.size(), 5u);
  EXPECT_EQ(keys[0].type, "std::optional<std::string>");
  EXPECT_TRUE(keys[0].fallback.is_null());
  EXPECT_EQ(keys[1].fallback, Json("given"));
}

}  // namespace
}  // namespace keratin::tests
