#include "runtime/tensorflow/function_importer.h"

#include "runtime/core/error.h"
#include "serialization/bytes.h"

namespace keratin::tensorflow {

using serialization::printable;
using serialization::TfFunction;
using serialization::TfNode;

namespace {

constexpr std::size_t most_nodes = 1'000'000;  // after inlining
constexpr std::size_t deepest_call = 64;

using Done = std::unordered_map<std::string_view, Items>;

class Entered {
 public:
  Entered(std::vector<const Body*>& stack, const Body& body) : stack_(stack) { stack_.push_back(&body); }
  ~Entered() { stack_.pop_back(); }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

 private:
  std::vector<const Body*>& stack_;
};

// The result that a reference means. Outputs are named inside of functions and counted outside.
const Item& resolve(const Reference& reference, const Done& done, const ImportRow* row,
                    const std::string& where) {
  const auto found = done.find(reference.node);
  check(found != done.end(), ErrorCode::corrupt_file, where, ": \"", printable(reference.node),
        "\" is not there");
  int position = 0;
  if (!reference.output.empty()) {
    position = row ? output_position(*row, reference.output) : -1;
    check(position >= 0, ErrorCode::corrupt_file, where, ": node \"", printable(reference.node),
          "\" has no output \"", printable(reference.output), "\"");
  }
  const auto index = static_cast<std::size_t>(position) + static_cast<std::size_t>(reference.index);
  check(index < found->second.size(), ErrorCode::corrupt_file, where, ": node \"", printable(reference.node),
        "\" has ", found->second.size(), " results, number ", index, " is used");
  return found->second[index];
}

}  // namespace

std::string FunctionImporter::where(const TfNode& node) const {
  return cat(stack_.empty() ? file_ : stack_.back()->where(), " node \"", printable(node.name), "\" (",
             printable(node.op), ")");
}

Items FunctionImporter::call(const std::string& name, const Items& arguments) {
  const std::string here = cat(file_, ": function \"", printable(name), "\"");
  check(stack_.size() < deepest_call, ErrorCode::corrupt_file, here,
        ": functions call each other deeper than ", deepest_call);
  const TfFunction& function =
      find_function(document_, name, stack_.empty() ? file_ : stack_.back()->where());
  check(arguments.size() == function.inputs.size(), ErrorCode::corrupt_file, here, ": called with ",
        arguments.size(), " arguments, takes ", function.inputs.size());
  const Body body(function, here);
  const Entered entered(stack_, body);
  Done done;
  for (std::size_t i = 0; i < arguments.size(); ++i) done[function.inputs[i].name] = {arguments[i]};
  for (const TfNode* node : body.order()) {
    check(++nodes_ <= most_nodes, ErrorCode::unsupported, here, ": more than ", most_nodes,
          " nodes with all calls inlined");
    done[node->name] = import_node(body, *node, done);
  }
  Items results;
  for (const auto& output : function.outputs) {
    const auto value = function.returns.find(output.name);
    check(value != function.returns.end(), ErrorCode::corrupt_file, here, ": result \"",
          printable(output.name), "\" has no value");
    const Reference reference = parse_reference(value->second, here);
    const ImportRow* row =
        body.is_argument(reference.node) ? nullptr : find_import_row(body.find(reference.node).op);
    results.push_back(resolve(reference, done, row, here));
  }
  return results;
}

Items FunctionImporter::import_node(const Body& body, const TfNode& node, const Done& done) {
  const ImportRow* row = find_import_row(node.op);
  check(row != nullptr, ErrorCode::unsupported, where(node), ": the op is not known");
  Call call{*this, graph_, node, *row, {}};
  for (const std::string& input : node.inputs) {
    const Reference reference = parse_reference(input, body.where());
    if (reference.control) continue;
    const ImportRow* source =
        body.is_argument(reference.node) ? nullptr : find_import_row(body.find(reference.node).op);
    call.inputs.push_back(resolve(reference, done, source, body.where()));
  }
  graph_.label = node.name;
  try {
    return row->import(call);
  } catch (const Error& e) {
    // infer speaks of our op; the message must name the node of the file.
    if (e.code() != ErrorCode::invalid_argument) throw;
    fail(ErrorCode::corrupt_file, where(node), ": ", e.what());
  }
}

}  // namespace keratin::tensorflow
