// EmitRow: how one op of ours is written as TensorFlow nodes. One row per op, in the emit_*.cc of its family.
// Ops without a row are decomposed first.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ir/graph.h"
#include "serialization/graph_document.h"

namespace keratin::tensorflow {

class BodyEmitter;
struct EmitRow;

// One node while it is written. References are "node:output:0", as bodies of functions have them.
struct Emission {
  BodyEmitter& body;
  const ir::Node& node;
  const EmitRow& row;
  std::vector<std::string> inputs;  // one reference per input
};

struct EmitRow {
  const char* op;
  // Adds nodes to the body; returns one reference per result. Throws Error{unsupported}.
  std::vector<std::string> (*emit)(const Emission& emission);
  const char* word = nullptr;  // for rows that share an emitter: the TensorFlow op
};
struct EmitFamily {
  std::span<const EmitRow> rows;
};

// Null for an op without a row.
const EmitRow* find_emit_row(std::string_view op);

}  // namespace keratin::tensorflow

namespace keratin {
std::span<const tensorflow::EmitFamily* const> registry_tf_emit();
}
