#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>

#include "runtime/core/env.h"
#include "runtime/core/log.h"
#include "runtime/ir/print.h"
#include "runtime/passes/pass.h"

namespace keratin::passes {
namespace {

constexpr std::array list = {
    Pass{"simplify", simplify},
    Pass{"fold_constants", fold_constants},
    Pass{"common_subexpressions", common_subexpressions},
    Pass{"fold_padding", fold_padding},
    Pass{"fuse_epilogue", fuse_epilogue},
    Pass{"fuse_elementwise", fuse_elementwise},
};

void dump(const ir::Graph& graph, const std::string& name, std::size_t index, const char* pass) {
  const std::string folder = env::get("KERATIN_DUMP");
  if (folder.empty()) return;
  const std::string path = cat(folder, "/", name, ".", index, ".", pass, ".txt");
  std::ofstream file(path);
  file << ir::print(graph);
  check(bool(file), ErrorCode::io, "KERATIN_DUMP: ", path, " can't be written");
}

// A misspelt name would leave nothing out and say so to nobody. No fault of the arguments: the environment is
// read like a file.
void check_skipped() {
  for (const std::string& name : env::items("KERATIN_SKIP_PASSES"))
    check(
        name == "all" || std::any_of(list.begin(), list.end(), [&](const Pass& p) { return name == p.name; }),
        ErrorCode::io, "KERATIN_SKIP_PASSES: there is no pass \"", name, "\"");
}

}  // namespace

std::span<const Pass> pipeline() { return list; }

ir::Graph run_pipeline(ir::Graph graph, const std::string& name) {
  check_skipped();
  dump(graph, name, 0, "input");
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (env::lists("KERATIN_SKIP_PASSES", list[i].name)) continue;
    const auto start = std::chrono::steady_clock::now();
    graph = list[i].run(graph);
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    log(Topic::pass, list[i].name, ": ", graph.nodes.size(), " nodes, ", time.count(), " us");
#ifndef NDEBUG
    ir::verify(graph);
#endif
    dump(graph, name, i + 1, list[i].name);
  }
  return graph;
}

}  // namespace keratin::passes
