// OpDef: all that is known of an op besides its kernels: types, gradient, decomposition, reference, cases.
// Defined in kernels/<family>/<family>.cc; found by name through find_op.
#pragma once

#include <span>
#include <string_view>

#include "runtime/core/error.h"
#include "runtime/ir/graph.h"

namespace keratin::ir {

// Host memory of one tensor, dense row-major. Borrowed.
struct HostView {
  DType dtype = DType::float32;
  std::span<const std::int64_t> shape;
  void* data = nullptr;
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
  std::int64_t elements() const {
    std::int64_t count = 1;
    for (std::int64_t dim : shape) count *= dim;
    return count;
  }
};

// d loss / d result (null where nothing flows) -> d loss / d input, one per input (null: none).
// Built in the node's own graph. To save values of the forward pass, add a training twin of the node and
// set replacements (one per result): the forward results are then taken from there.
struct Gradients {
  Values inputs;
  Values replacements;
};

enum class NoGradient { zero, refused };  // nothing flows on, as in TensorFlow, or an error with the reason

struct Gradient {
  Gradients (*build)(Node& node, std::span<const Value> dy) = nullptr;
  const char* why_none = nullptr;  // a sentence, when build is null
  NoGradient kind = NoGradient::zero;
};

// A row of the tests: attributes and input types in text form.
struct Case {
  const char* attributes;  // "axis=-1, keep=true"
  const char* inputs;      // "f32[2,5] f32[5]"
  const char* regions = nullptr;
};

struct OpDef {
  const char* name;
  std::span<const AttributeDef> attributes;
  // Result types from inputs, attributes and regions. Throws Error{invalid_argument}.
  std::vector<Type> (*infer)(const Node& node);
  Gradient gradient;
  // The same results out of more primitive ops, in node's graph order; null for a primitive.
  Values (*decompose)(Graph& graph, const Node& node, const Values& inputs) = nullptr;
  // The reference. Shapes are known; out is dense and doesn't overlap in. Null: decompose instead.
  void (*evaluate)(const Node& node, std::span<const HostView> in, std::span<const HostView> out) = nullptr;
  std::span<const Case> cases = {};
  // Each element of the result comes from the same element of the inputs, broadcast: passes may chain it.
  bool elementwise = false;
};

// The ops of one folder.
struct OpFamily {
  std::span<const OpDef> ops;
};

// Throws Error{internal} for an unknown name; parse_graph and importers ask has_op first.
const OpDef& find_op(std::string_view name);
bool has_op(std::string_view name);
std::span<const OpDef* const> all_ops();

// Shared by infer functions: throws Error{invalid_argument} "[op] sentence".
template <class... Parts>
void op_check(bool condition, const Node& node, const Parts&... parts) {
  check(condition, ErrorCode::invalid_argument, "[", node.op->name, "] ", parts...);
}
inline void op_check_inputs(const Node& node, std::size_t count) {
  op_check(node.inputs.size() == count, node, node.inputs.size(), " inputs given, expected ", count);
}

}  // namespace keratin::ir

namespace keratin {
std::span<const ir::OpFamily* const> registry_ops();
}
