#include <map>

#include "runtime/core/error.h"
#include "runtime/ir/op.h"
#include "runtime/ir/print.h"

namespace keratin::ir {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

// The end of the item that starts at `from`: the first of `stops` outside of quotes and brackets.
std::size_t item_end(std::string_view text, std::size_t from, std::string_view stops) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
      continue;
    }
    if (depth == 0 && stops.find(c) != stops.npos) return i;
    if (c == '"') quoted = true;
    if (c == '[' || c == '{' || c == '(') ++depth;
    if (c == ']' || c == '}' || c == ')') --depth;
  }
  return text.size();
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) { next(); }

  Graph graph() {
    expect(line_ == "graph {", "\"graph {\"");
    next();
    Graph g;
    std::map<std::string, Value, std::less<>> names;
    while (line_ != "}") {
      expect(!line_.empty(), "a node, an output or \"}\"");
      statement(g, names);
    }
    next();
    return g;
  }
  bool done() const { return line_.empty(); }
  void expect(bool condition, const char* what) const {
    check(condition, ErrorCode::invalid_argument, "graph text, line ", number_, ": \"", line_,
          "\": expected ", what);
  }

 private:
  void next() {
    do {
      if (at_ >= text_.size()) {
        line_ = {};
        return;
      }
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      line_ = trim(text_.substr(at_, end - at_));
      at_ = end + 1;
      ++number_;
    } while (line_.empty());
  }

  Value value(const std::map<std::string, Value, std::less<>>& names, std::string_view text) const {
    const std::size_t hash = text.find('#');
    auto found = names.find(text.substr(0, hash));
    expect(found != names.end(), "a value defined above");
    Value v = found->second;
    if (hash != text.npos)
      v.result = static_cast<std::uint32_t>(
          std::get<std::int64_t>(parse_attribute(AttributeKind::integer, text.substr(hash + 1))));
    expect(v.result < v.node->results.size(), "a result that the node has");
    return v;
  }

  void statement(Graph& g, std::map<std::string, Value, std::less<>>& names) {
    if (line_.starts_with("var ")) {
      const std::size_t colon = line_.rfind(" : ");
      expect(colon != line_.npos, "var \"name\" : type");
      g.declare_variable(
          std::get<std::string>(parse_attribute(AttributeKind::string, trim(line_.substr(4, colon - 4)))),
          parse_type(trim(line_.substr(colon + 3))));
      return next();
    }
    const std::size_t equals = item_end(line_, 0, "=");
    expect(equals != line_.size(), "name = …");
    const std::string_view left = trim(line_.substr(0, equals)), right = trim(line_.substr(equals + 1));
    if (left.starts_with("output ")) {
      g.output(std::get<std::string>(parse_attribute(AttributeKind::string, trim(left.substr(7)))),
               value(names, right));
      return next();
    }
    if (left.starts_with("update ")) {
      const auto index =
          std::get<std::int64_t>(parse_attribute(AttributeKind::integer, trim(left.substr(7))));
      expect(index >= 0 && static_cast<std::size_t>(index) < g.variables.size(), "a declared variable");
      g.assign(static_cast<std::size_t>(index), value(names, right));
      return next();
    }
    node(g, names, std::string(left), right);
  }

  NamedAttributes attributes(const OpDef& op, std::string_view text) const {
    NamedAttributes given;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = item_end(text, at, ",");
      const std::string_view item = trim(text.substr(at, end - at));
      const std::size_t equals = item.find('=');
      expect(equals != item.npos, "attribute=value");
      const AttributeDef* def = nullptr;
      for (const AttributeDef& d : op.attributes)
        if (item.substr(0, equals) == d.name) def = &d;
      expect(def != nullptr, "an attribute of the op");
      given.emplace_back(def->name, parse_attribute(def->kind, item.substr(equals + 1)));
      at = end + 1;
    }
    return given;
  }

  void node(Graph& g, std::map<std::string, Value, std::less<>>& names, std::string name,
            std::string_view text) {
    const std::size_t open = text.find('(');
    expect(open != text.npos && has_op(text.substr(0, open)), "a known op and its inputs in ()");
    const OpDef& op = find_op(text.substr(0, open));
    const std::size_t close = text.find(')', open);
    expect(close != text.npos, ")");
    Values inputs;
    for (std::size_t at = open + 1; at < close;) {
      const std::size_t end = std::min(text.find(',', at), close);
      inputs.push_back(value(names, trim(text.substr(at, end - at))));
      at = end + 1;
    }
    std::string_view rest = trim(text.substr(close + 1));
    NamedAttributes given;
    if (!rest.empty() && rest.front() == '{') {
      const std::size_t end = item_end(rest, 1, "}");
      expect(end != rest.size(), "} after the attributes");
      given = attributes(op, rest.substr(1, end - 1));
      rest = trim(rest.substr(std::min(end + 1, rest.size())));
    }
    if (const std::size_t comment = rest.find("// "); comment != rest.npos)
      g.label = std::string(trim(rest.substr(comment + 3)));
    next();
    std::vector<Graph> regions;
    while (line_ == "graph {") regions.push_back(graph());
    Node& made = g.add(op, std::move(inputs), std::move(given), std::move(regions));
    g.label.clear();
    if (is(made, "input")) g.inputs.push_back(made.out());
    names[std::move(name)] = made.out();
  }

  std::string_view text_, line_;
  std::size_t at_ = 0;
  int number_ = 0;
};

}  // namespace

Graph parse_graph(std::string_view text) {
  Reader reader(text);
  Graph graph = reader.graph();
  reader.expect(reader.done(), "nothing after the graph");
  return graph;
}

}  // namespace keratin::ir
