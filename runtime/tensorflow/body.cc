#include "runtime/tensorflow/body.h"

#include <charconv>

#include "runtime/core/error.h"
#include "runtime/tensorflow/import_row.h"
#include "serialization/bytes.h"

namespace keratin::tensorflow {

using serialization::GraphDocument;
using serialization::printable;
using serialization::TfFunction;
using serialization::TfFunctionName;
using serialization::TfNode;

namespace {

constexpr int deepest_call = 64;

// Functions reach each other through the attributes that their rows name.
class Reach {
 public:
  Reach(const GraphDocument& graph, const std::string& file) : graph_(graph), file_(file) {}

  void function(const std::string& name, const std::string& caller, int depth) {
    check(depth <= deepest_call, ErrorCode::corrupt_file, caller, ": functions call each other deeper than ",
          deepest_call);
    State& state = states_[name];
    check(state != State::open, ErrorCode::unsupported, caller, ": function \"", name, "\" calls itself");
    if (state == State::done) return;
    state = State::open;
    const std::string where = cat(file_, ": function \"", printable(name), "\"");
    const Body body(find_function(graph_, name, caller), where);
    for (const TfNode* node : body.order()) visit(*node, where, depth);
    states_[name] = State::done;
  }

  std::map<std::string, std::string> unknown;

 private:
  enum class State { fresh, open, done };

  void visit(const TfNode& node, const std::string& where, int depth) {
    const ImportRow* row = find_import_row(node.op);
    if (!row) {
      unknown.emplace(printable(node.op), cat("node \"", printable(node.name), "\" of ", where));
      return;
    }
    for (std::string_view names = row->calls ? row->calls : ""; !names.empty();) {
      const std::size_t end = std::min(names.find(' '), names.size());
      const auto attr = node.attrs.find(std::string(names.substr(0, end)));
      names.remove_prefix(std::min(end + 1, names.size()));
      const auto* called =
          attr == node.attrs.end() ? nullptr : std::get_if<TfFunctionName>(&attr->second.value);
      check(called != nullptr, ErrorCode::corrupt_file, where, ": node \"", printable(node.name), "\" (",
            node.op, ") names no function");
      function(called->name, where, depth + 1);
    }
  }

  const GraphDocument& graph_;
  const std::string& file_;
  std::map<std::string, State> states_;
};

}  // namespace

Reference parse_reference(std::string_view text, const std::string& where) {
  Reference reference;
  if (!text.empty() && text.front() == '^') return {text.substr(1), {}, 0, true};
  const std::size_t first = text.find(':');
  reference.node = text.substr(0, first);
  if (first == std::string_view::npos) return reference;
  const std::size_t second = text.find(':', first + 1);
  const std::string_view digits = text.substr((second == std::string_view::npos ? first : second) + 1);
  if (second != std::string_view::npos) reference.output = text.substr(first + 1, second - first - 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), reference.index);
  check(error == std::errc() && end == digits.data() + digits.size() && reference.index >= 0,
        ErrorCode::corrupt_file, where, ": \"", printable(text), "\" names no result of a node");
  return reference;
}

Body::Body(const TfFunction& function, std::string where) : where_(std::move(where)) {
  for (const auto& argument : function.inputs) arguments_.insert(argument.name);
  index(function.nodes);
  std::vector<std::string_view> roots;
  for (const auto& [name, value] : function.returns) roots.push_back(value);
  std::vector<std::string> controls;
  for (const auto& [name, node] : function.control_returns) controls.push_back("^" + node);
  roots.insert(roots.end(), controls.begin(), controls.end());
  sort(roots);
}

Body::Body(const GraphDocument& graph, const std::vector<std::string>& fetches, std::string where)
    : where_(std::move(where)) {
  index(graph.nodes);
  sort({fetches.begin(), fetches.end()});
}

void Body::index(std::span<const TfNode> nodes) {
  nodes_.reserve(nodes.size());
  for (const TfNode& node : nodes)
    check(nodes_.emplace(node.name, &node).second && !is_argument(node.name), ErrorCode::corrupt_file, where_,
          ": two nodes are called \"", printable(node.name), "\"");
}

// Depth first, without recursion: chains of nodes may be as long as the graph.
void Body::sort(const std::vector<std::string_view>& roots) {
  enum class State { fresh, open, done };
  std::unordered_map<const TfNode*, State> states;
  struct Frame {
    const TfNode* node;
    std::size_t next = 0;
  };
  std::vector<Frame> stack;
  const auto enter = [&](std::string_view text) {
    const std::string_view name = parse_reference(text, where_).node;
    if (is_argument(name)) return;
    const auto found = nodes_.find(name);
    check(found != nodes_.end(), ErrorCode::corrupt_file, where_, ": \"", printable(text),
          "\" refers to a node that is not there");
    State& state = states[found->second];
    check(state != State::open, ErrorCode::unsupported, where_, ": node \"", printable(name),
          "\" depends on itself; loops of TensorFlow 1 are not read");
    if (state == State::fresh) {
      state = State::open;
      stack.push_back({found->second});
    }
  };
  for (const std::string_view root : roots) {
    enter(root);
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next < top.node->inputs.size()) {
        enter(top.node->inputs[top.next++]);  // top may be gone after this
      } else {
        states[top.node] = State::done;
        order_.push_back(top.node);
        stack.pop_back();
      }
    }
  }
}

std::map<std::string, std::string> unknown_ops(const GraphDocument& graph, const std::string& function,
                                               const std::string& file) {
  Reach reach(graph, file);
  reach.function(function, file, 1);
  return std::move(reach.unknown);
}

const TfFunction& find_function(const GraphDocument& graph, const std::string& name,
                                const std::string& where) {
  const auto found = graph.functions.find(name);
  check(found != graph.functions.end(), ErrorCode::corrupt_file, where, ": calls function \"",
        printable(name), "\", which the file does not hold");
  return found->second;
}

}  // namespace keratin::tensorflow
