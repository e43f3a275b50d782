#include "runtime/keras/call_order.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

namespace keratin::keras {
namespace {

class Order {
 public:
  explicit Order(const FunctionalConfig& config) : config_(config) {
    for (std::size_t i = 0; i < config.layers.size(); ++i) layers_.emplace(config.layers[i]->name, i);
  }

  std::vector<CallPlace> run() {
    std::vector<TensorRef> outputs;
    config_.outputs.flatten(outputs);
    for (const TensorRef& ref : outputs) visit(ref);
    measure();
    std::vector<CallPlace> order;
    for (const CallPlace& place : met_)
      if (place.second < config_.calls[place.first].size()) order.push_back(place);
    std::stable_sort(order.begin(), order.end(),
                     [&](const CallPlace& a, const CallPlace& b) { return depths_.at(a) > depths_.at(b); });
    return order;
  }

 private:
  // An input layer's only node counts, too, though nothing calls it.
  bool place_of(const TensorRef& ref, CallPlace& place) const {
    const auto found = layers_.find(ref.layer);
    if (found == layers_.end() || ref.node < 0) return false;
    place = {found->second, static_cast<std::size_t>(ref.node)};
    return place.second < std::max<std::size_t>(config_.calls[place.first].size(), 1);
  }

  std::vector<CallPlace> parents(const CallPlace& place) const {
    std::vector<CallPlace> found;
    if (place.second >= config_.calls[place.first].size()) return found;
    const NodeCall& call = config_.calls[place.first][place.second];
    std::vector<TensorRef> refs;
    for (const NodeArgument& argument : call.args) argument.flatten(refs);
    NodeArgument{NodeArgument::Dict(call.kwargs)}.flatten(refs);
    CallPlace parent;
    for (const TensorRef& ref : refs)
      if (place_of(ref, parent)) found.push_back(parent);
    return found;
  }

  // Depth first, without recursion: models can be deep.
  void visit(const TensorRef& output) {
    struct Open {
      CallPlace place;
      std::vector<CallPlace> parents;
      std::size_t next = 0;
    };
    std::vector<Open> stack;
    auto open = [&](const CallPlace& place) {
      if (seen_.emplace(place, true).second) stack.push_back({place, parents(place)});
    };
    CallPlace first;
    if (place_of(output, first)) open(first);
    while (!stack.empty()) {
      Open& top = stack.back();
      if (top.next < top.parents.size()) {
        const CallPlace parent = top.parents[top.next++];
        open(parent);
      } else {
        finished_.push_back(top.place);
        stack.pop_back();
      }
    }
  }

  void note(const CallPlace& place, std::size_t depth) {
    const auto [found, added] = depths_.emplace(place, depth);
    if (added)
      met_.push_back(place);
    else
      found->second = std::max(found->second, depth);
  }

  // A call is as deep as the longest way to an output, all calls of a layer at least as deep as the first
  // met.
  void measure() {
    std::vector<std::size_t> layer_depths(config_.layers.size(), 0);
    for (auto place = finished_.rbegin(); place != finished_.rend(); ++place) {
      note(*place, layer_depths[place->first]);
      const std::size_t depth = layer_depths[place->first] = depths_.at(*place);
      for (const CallPlace& parent : parents(*place)) note(parent, depth + 1);
    }
  }

  const FunctionalConfig& config_;
  std::unordered_map<std::string_view, std::size_t> layers_;
  std::map<CallPlace, bool> seen_;
  std::vector<CallPlace> finished_, met_;
  std::map<CallPlace, std::size_t> depths_;
};

}  // namespace

std::vector<CallPlace> call_order(const FunctionalConfig& config) { return Order(config).run(); }

}  // namespace keratin::keras
