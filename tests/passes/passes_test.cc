// Each pass has a file <name>.txt beside this one: pairs of a graph and what the pass makes of it.
#include <gtest/gtest.h>

#include <fstream>

#include "runtime/core/error.h"
#include "runtime/ir/print.h"
#include "runtime/passes/pass.h"

namespace keratin::test {
namespace {

// The graphs of a file, in order; lines that begin with # are comments.
std::vector<std::string> graphs_in(const std::string& path) {
  std::ifstream file(path);
  check(bool(file), ErrorCode::io, path, " can't be read");
  std::vector<std::string> graphs;
  std::string text;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    text += line + "\n";
    if (line != "}") continue;
    graphs.push_back(std::exchange(text, ""));
  }
  return graphs;
}

class Passes : public testing::TestWithParam<passes::Pass> {};

TEST_P(Passes, RewriteAsTheirFileSays) {
  const passes::Pass& pass = GetParam();
  const std::vector<std::string> graphs = graphs_in(cat(KERATIN_TEST_DATA "/passes/", pass.name, ".txt"));
  ASSERT_FALSE(graphs.empty());
  ASSERT_EQ(graphs.size() % 2, 0u) << "graphs come in pairs";
  for (std::size_t i = 0; i < graphs.size(); i += 2) {
    const ir::Graph before = ir::parse_graph(graphs[i]), after = ir::parse_graph(graphs[i + 1]);
    const ir::Graph found = pass.run(before);
    ir::verify(found);
    EXPECT_EQ(ir::print(found), ir::print(after));
    EXPECT_EQ(ir::print(pass.run(found)), ir::print(pass.run(after))) << "a second time";
  }
}

INSTANTIATE_TEST_SUITE_P(All, Passes, testing::ValuesIn(passes::pipeline().begin(), passes::pipeline().end()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace keratin::test
