// The bounded walk over protobuf bytes, seen through the module as the library opens it.
#include <gtest/gtest.h>

#include <cstring>

#include "runtime/core/module.h"
#include "serialization/tensorflow_module.h"
#include "tests/serialization/expect_error.h"
#include "tests/serialization/temporary_folder.h"
#include "tests/tensorflow/golden.h"

namespace keratin {
namespace {

using namespace serialization;

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string field(int number, const std::string& content) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  for (std::size_t size = content.size();; size >>= 7) {
    out += static_cast<char>((size & 0x7f) | (size > 0x7f ? 0x80 : 0));
    if (size <= 0x7f) break;
  }
  return out + content;
}

TEST(Module, AnotherBuildIsRefused) {
  EXPECT_ERROR(open_module("keratin_nothing"), ErrorCode::unsupported, "libkeratin_nothing.so");
  ASSERT_NE(open_module("keratin_tensorflow"), nullptr);
}

TEST(Wire, NodesNestNoDeeperThanTheLimit) {
  std::string attr = field(2, "x");
  for (int i = 0; i < 60; ++i)  // AttrValue.func.attr[""]: three messages per round
    attr = field(10, field(2, field(2, attr)));
  const std::string graph = field(1, field(5, field(2, attr)));
  EXPECT_ERROR(tensorflow_module().parse_graph(bytes_of(graph), "deep"), ErrorCode::corrupt_file,
               "nest deeper");
}

TEST(Wire, MessagesAreCounted) {
  const std::string node = field(1, "");
  std::string graph;
  for (int i = 0; i < 10'000'001; ++i) graph += node;
  EXPECT_ERROR(tensorflow_module().parse_graph(bytes_of(graph), "many"), ErrorCode::corrupt_file, "messages");
}

TEST(Wire, FieldsStayInside) {
  EXPECT_ERROR(tensorflow_module().parse_graph(bytes_of("\x0a\x7f"), "short"), ErrorCode::corrupt_file,
               "byte 0");
  EXPECT_ERROR(tensorflow_module().parse_graph(bytes_of("\x0b"), "group"), ErrorCode::corrupt_file,
               "wire type 3");
  EXPECT_ERROR(tensorflow_module().parse_graph(bytes_of("\x08\xff\xff"), "open"), ErrorCode::corrupt_file,
               "number");
}

TEST(Wire, EveryTruncatedSavedModelIsRefusedOrRead) {
  const std::string whole = testing::TemporaryFolder::read(testing::dense + "/saved_model.pb");
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); size += 37) try {
      tensorflow_module().parse_saved_model(bytes_of(whole).first(size), "cut");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_file);
      ++refused;
    }
  EXPECT_GT(refused, whole.size() / 37 - 3);
}

TEST(Wire, DamagedSavedModelsNeverCrash) {
  const std::string whole = testing::TemporaryFolder::read(testing::dense + "/saved_model.pb");
  for (std::size_t i = 0; i < whole.size(); i += 11) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    try {
      tensorflow_module().parse_saved_model(bytes_of(damaged), "damaged");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_file) << error.what();
    }
  }
}

TEST(Graph, PrintsWhatItRead) {
  const std::string file = testing::TemporaryFolder::read(testing::dense + "/saved_model.pb");
  const std::vector<MetaGraph> metas = tensorflow_module().parse_saved_model(bytes_of(file), "model");
  ASSERT_EQ(metas.size(), 1u);
  const GraphDocument& graph = metas[0].graph;
  EXPECT_GE(graph.functions.size(), 8u);
  const std::vector<std::byte> once = tensorflow_module().print_graph(graph);
  const GraphDocument again = tensorflow_module().parse_graph(once, "again");
  EXPECT_EQ(again.nodes.size(), graph.nodes.size());
  EXPECT_EQ(again.functions.size(), graph.functions.size());
  EXPECT_EQ(tensorflow_module().print_graph(again), once);
}

}  // namespace
}  // namespace keratin
