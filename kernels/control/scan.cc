#include <algorithm>

#include "kernels/control/control.h"
#include "kernels/control/step_sums.h"
#include "runtime/ir/build.h"

namespace keratin::control {

using namespace ir;

ScanCounts::ScanCounts(const Node& node)
    : carries(static_cast<std::size_t>(node.get<std::int64_t>("carries"))),
      xs(static_cast<std::size_t>(node.get<std::int64_t>("xs"))),
      invariants(node.inputs.size() - carries - xs),
      ys(node.regions[0].outputs.size() - carries) {}

std::vector<Type> infer_scan(const Node& node) {
  op_check(node.regions.size() == 1, node, "wants one region, got ", node.regions.size());
  const auto carries = node.get<std::int64_t>("carries"), xs = node.get<std::int64_t>("xs");
  const auto inputs = static_cast<std::int64_t>(node.inputs.size());
  const Graph& region = node.regions[0];
  op_check(carries >= 0 && xs >= 0 && carries <= inputs && xs <= inputs - carries, node, carries,
           " carries and ", xs, " sequences of ", inputs, " inputs");
  op_check(static_cast<std::int64_t>(region.outputs.size()) >= carries, node, "the region gives ",
           region.outputs.size(), " values, expected at least the ", carries, " carries");
  const Dims& length = node.get<Dims>("length");
  op_check(length.size() == 1, node, "length must be one dimension");
  const ScanCounts n(node);
  std::vector<Type> types;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const bool sequence = i >= n.carries && i < n.first_invariant();
    if (sequence)
      op_check(node.in(i).rank() > 0 && node.in(i).shape[0] == length[0], node, "sequence ",
               to_string(node.in(i)), " doesn't have ", length[0].to_string(), " steps");
    types.push_back(sequence ? step_of(node.in(i)) : node.in(i));
  }
  check_region(node, region, types);
  std::vector<Type> results;
  for (std::size_t i = 0; i < region.outputs.size(); ++i) {
    Type type = region.outputs[i].value.type();
    if (i < n.carries)
      op_check(type == node.in(i), node, "carry ", i, " goes in as ", to_string(node.in(i)),
               " and comes out as ", to_string(type));
    else
      type.shape.insert(type.shape.begin(), length[0]);
    results.push_back(std::move(type));
  }
  return results;
}

void evaluate_scan(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const ScanCounts n(node);
  const std::int64_t length = node.get<Dims>("length")[0].value();
  std::vector<Tensor> carries;
  for (std::size_t i = 0; i < n.carries; ++i) carries.push_back(borrow(in[i]));
  for (std::int64_t i = 0; i < length; ++i) {
    const std::int64_t step = node.get<bool>("reverse") ? length - 1 - i : i;
    std::vector<Tensor> inputs = carries;
    for (std::size_t k = 0; k < n.xs; ++k) inputs.push_back(borrow_step(in[n.carries + k], step));
    for (std::size_t k = n.first_invariant(); k < in.size(); ++k) inputs.push_back(borrow(in[k]));
    std::vector<Tensor> results = evaluate_graph(node.regions[0], inputs);
    for (std::size_t k = 0; k < n.ys; ++k) {
      const Tensor target = borrow_step(out[n.carries + k], step);
      copy_to(results[n.carries + k], {target.dtype(), target.shape(), const_cast<void*>(target.raw())});
    }
    results.resize(n.carries);
    carries = std::move(results);
  }
  for (std::size_t i = 0; i < n.carries; ++i) copy_to(carries[i], out[i]);
}

namespace {

// Builds the backward scan of one node: it runs the other way over the saved carries, xs and dy, and carries
// the gradients of the carries and the growing gradients of those invariants that aren't summed after it.
class Backward {
 public:
  Backward(Node& node, std::span<const Value> dy) : node_(node), dy_(dy), n_(node), twin_(add_twin()) {}

  Gradients run() {
    add_region();
    Node& scan = node_.graph->add_node("scan", inputs(),
                                       {{"carries", static_cast<std::int64_t>(flows_.size())},
                                        {"xs", static_cast<std::int64_t>(sequences_.size())},
                                        {"length", node_.get<Dims>("length")},
                                        {"reverse", !node_.get<bool>("reverse")}},
                                       take_region());
    Gradients gradients;
    gradients.inputs.resize(node_.inputs.size());
    std::uint32_t result = 0;
    for (std::size_t i : flows_) gradients.inputs[i] = scan.out(result++);
    for (std::size_t i : stacked_) gradients.inputs[i] = scan.out(result++);
    for (const auto& [i, part] : summed_)
      gradients.inputs[i] = sum_of_steps(*node_.graph, part, [&](Value value) { return stack(value, scan); });
    for (std::uint32_t i = 0; i < node_.results.size(); ++i) gradients.replacements.push_back(twin_.out(i));
    return gradients;
  }

 private:
  // The forward scan once more, which also gives the carries that went into every step, and its products.
  Node& add_twin() {
    std::vector<Graph> regions = node_.regions;
    for (std::size_t i = 0; i < n_.carries; ++i) regions[0].output("saved", regions[0].inputs[i]);
    for (const Value& product : products_of(regions[0])) regions[0].output("saved", product);
    NamedAttributes attributes;
    for (std::size_t i = 0; i < node_.attributes.size(); ++i)
      attributes.emplace_back(node_.op->attributes[i].name, node_.attributes[i]);
    return node_.graph->add_node("scan", node_.inputs, std::move(attributes), std::move(regions));
  }

  static Values products_of(const Graph& region) {
    Values products;
    for (const auto& node : region.nodes)
      if (is(*node, "dot_general")) products.push_back(node->out());
    return products;
  }

  bool is_carry(std::size_t input) const { return input < n_.carries; }
  bool is_sequence(std::size_t input) const { return !is_carry(input) && input < n_.first_invariant(); }

  void add_region() {
    // Region inputs: d carries and d invariants; saved carries, xs, dys, saved products; invariants,
    // transposed ones.
    std::vector<Value> flow_of(node_.inputs.size()), forward(node_.inputs.size());
    for (std::size_t i = 0; i < n_.carries; ++i)
      if (is_floating(node_.in(i).dtype)) {
        flows_.push_back(i);
        flow_of[i] = region_.input("d", node_.in(i));
      }
    for (std::size_t i = 0; i < n_.first_invariant(); ++i) {
      sequences_.push_back(is_carry(i) ? twin_.out(static_cast<std::uint32_t>(node_.results.size() + i))
                                       : node_.inputs[i]);
      forward[i] = region_.input("x", is_carry(i) ? node_.in(i) : step_of(node_.in(i)));
      steps_.push_back(forward[i]);
    }
    Values dys(n_.ys);
    for (std::size_t i = 0; i < n_.ys; ++i)
      if (const Value dy = dy_[n_.carries + i]) {
        sequences_.push_back(dy);
        steps_.push_back(dys[i] = region_.input("dy", step_of(dy.type())));
      }
    Graph step = node_.regions[0];
    Values kept;
    for (const Value& product : products_of(step)) {
      step.output("saved", product);
      sequences_.push_back(
          twin_.out(static_cast<std::uint32_t>(node_.results.size() + n_.carries + kept.size())));
      kept.push_back(region_.input("saved", product.type()));
      steps_.push_back(kept.back());
    }
    for (std::size_t i = n_.first_invariant(); i < node_.inputs.size(); ++i)
      forward[i] = region_.input("invariant", node_.in(i));
    Values results = inline_graph(region_, step, forward);
    const Values again(results.end() - static_cast<std::ptrdiff_t>(kept.size()), results.end());
    results.resize(results.size() - kept.size());
    Values gradient = gradients_of(results, flow_of, forward, dys);
    for (std::size_t i = 0; i < kept.size(); ++i) replace(again[i], kept[i], gradient);
    for (std::size_t i = n_.first_invariant(); i < node_.inputs.size(); ++i)
      transpose_once(forward[i], node_.inputs[i], gradient);
    add_results(gradient);
  }

  void replace(Value from, Value to, Values& gradient) {
    region_.replace_uses(from, to);
    for (Value& value : gradient)
      if (value == from) value = to;
  }

  // Products with an invariant's columns would put it in order at every step: they take its transpose.
  void transpose_once(Value inside, Value outside, Values& gradient) {
    std::vector<Node*> products;
    for (const auto& node : region_.nodes)
      if (is(*node, "dot_general") && node->inputs[1] == inside && inside.rank() == 2 &&
          node->get<Ints>("contract_b") == Ints{1} && node->get<Ints>("batch_b").empty())
        products.push_back(node.get());
    if (products.empty()) return;
    transposed_.push_back(transpose(outside, {1, 0}));
    const Value given = region_.input("transposed", transposed_.back().type());
    for (Node* node : products)
      replace(node->out(), dot_general(node->inputs[0], given, {node->get<Ints>("contract_a"), {0}, {}, {}}),
              gradient);
    region_.sort();
  }

  // One per input of the forward region.
  Values gradients_of(const Values& results, const Values& flow_of, const Values& forward,
                      const Values& dys) {
    Values seeds, wrt;
    for (std::size_t i = 0; i < results.size(); ++i)
      seeds.push_back(is_carry(i) ? flow_of[i] : dys[i - n_.carries]);
    for (std::size_t i = 0; i < forward.size(); ++i)
      if (is_floating(forward[i].dtype())) wrt.push_back(forward[i]);
    Values found;
    if (!results.empty()) found = gradients(results, seeds, wrt);
    Values gradient(forward.size());
    for (std::size_t i = 0, k = 0; i < forward.size() && k < found.size(); ++i)
      if (is_floating(forward[i].dtype())) gradient[i] = found[k++];
    return gradient;
  }

  void add_results(const Values& gradient) {
    for (std::size_t i : flows_)
      region_.output("d", gradient[i] ? gradient[i] : full(region_, node_.in(i), 0));
    for (std::size_t i = n_.first_invariant(); i < gradient.size(); ++i)
      if (gradient[i]) add_invariant(i, gradient[i]);
    for (std::size_t i = n_.carries; i < n_.first_invariant(); ++i)
      if (gradient[i]) {
        stacked_.push_back(i);
        region_.output("dx", gradient[i]);
      }
    for (const auto& [i, part] : summed_)
      for (const Value& value : stacked_for_sum(part)) add_stacked(value);
  }

  void add_invariant(std::size_t i, Value part) {
    if (!stacked_for_sum(part).empty()) return summed_.emplace_back(i, part), void();
    const Value sum = region_.input("d", node_.in(i));
    std::vector<Value>& inputs = region_.inputs;
    std::rotate(inputs.begin() + static_cast<std::ptrdiff_t>(flows_.size()), inputs.end() - 1, inputs.end());
    flows_.push_back(i);
    region_.output("d", sum + part);
  }

  // Which stacked result of the region value is; their number if it is none.
  std::size_t place_of(Value value, const Graph& region) const {
    std::size_t at = flows_.size();
    while (at < region.outputs.size() && !(region.outputs[at].value == value)) ++at;
    return at;
  }
  void add_stacked(Value value) {
    const bool is_step = std::find(steps_.begin(), steps_.end(), value) != steps_.end();
    if (!is_step && place_of(value, region_) == region_.outputs.size()) region_.output("stacked", value);
  }
  // A value of the region at all steps.
  Value stack(Value value, Node& scan) const {
    const auto step = std::find(steps_.begin(), steps_.end(), value);
    if (step != steps_.end()) return sequences_[static_cast<std::size_t>(step - steps_.begin())];
    return scan.out(static_cast<std::uint32_t>(place_of(value, scan.regions[0])));
  }

  Values inputs() const {
    Values values;
    for (std::size_t i : flows_) {
      const Value dy = is_carry(i) ? dy_[i] : Value{};
      values.push_back(dy ? dy : full(*node_.graph, node_.in(i), 0));
    }
    values.insert(values.end(), sequences_.begin(), sequences_.end());
    for (std::size_t i = n_.first_invariant(); i < node_.inputs.size(); ++i)
      values.push_back(node_.inputs[i]);
    values.insert(values.end(), transposed_.begin(), transposed_.end());
    return values;
  }

  std::vector<Graph> take_region() {
    std::vector<Graph> regions;
    regions.push_back(std::move(region_));
    return regions;
  }

  Node& node_;
  std::span<const Value> dy_;
  ScanCounts n_;
  Node& twin_;
  Graph region_;
  std::vector<std::size_t> flows_, stacked_;           // inputs whose gradients are carried, stacked
  std::vector<std::pair<std::size_t, Value>> summed_;  // invariants, with their part of a step
  Values sequences_, steps_;                           // of the backward scan; a step of each in the region
  Values transposed_;                                  // invariants behind the others
};

}  // namespace

Gradients scan_gradient(Node& node, std::span<const Value> dy) { return Backward(node, dy).run(); }

}  // namespace keratin::control
