// The text form of graphs: prints and reads back. Used by dumps, pass tests and bug reports.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "runtime/ir/graph.h"

namespace keratin::ir {

std::string print(const Graph& graph);
// One node without its name: "dot_general(%0, %1) {…} : f32[2]".
std::string print(const Node& node);
// Throws Error{invalid_argument} with the line.
Graph parse_graph(std::string_view text);
// Throws Error{internal} when the graph is malformed: order, owners, types as infer gives them.
void verify(const Graph& graph);

// Text that is made when it is written: what a check would say is needed only where it fails, and infer
// functions check every node that passes make.
template <class T>
struct Printed {
  const T& value;
  friend std::ostream& operator<<(std::ostream& out, const Printed& printed) {
    if constexpr (requires { printed.value.to_string(); })
      return out << printed.value.to_string();
    else
      return out << to_string(printed.value);
  }
};
template <class T>
Printed<T> printed(const T& value) {
  return {value};
}

}  // namespace keratin::ir
