#include "kernels/elementwise/program.h"

#include <string_view>
#include <unordered_map>

#include "kernels/elementwise/activation.h"
#include "kernels/elementwise/arithmetic.h"
#include "kernels/elementwise/compare.h"
#include "kernels/elementwise/transcendental.h"

namespace keratin::elementwise {
namespace {

using Record = Recorded (*)(const ir::Node& node, const Recorded* x);
using Table = std::unordered_map<std::string_view, Record>;

template <class F, std::size_t N>
Recorded record(const ir::Node& node, const Recorded* x) {
  const Parameters p = parameters_of<F>(node);
  auto all = [&]<std::size_t... K>(std::index_sequence<K...>) { return apply<F>(p, x[K]...); };
  return all(std::make_index_sequence<N>());
}

Recorded record_select(const ir::Node&, const Recorded* x) { return m::select(x[0], x[1], x[2]); }
Recorded record_cast(const ir::Node& node, const Recorded* x) {
  const bool to_bool = node.results[0].dtype == DType::boolean && node.in(0).dtype != DType::boolean;
  return to_bool ? m::not_equal(x[0], m::constant(x[0], 0)) : x[0];
}

template <std::size_t N, class... F>
void add_all(Table& table, List<F...>) {
  auto add = [&]<class G>() {
    if constexpr (G::domain != Domain::integral) table[G::name] = record<G, N>;
  };
  (add.template operator()<F>(), ...);
}

const Table& table() {
  static const Table made = [] {
    Table all;
    add_all<1>(all, ArithmeticUnary());
    add_all<2>(all, ArithmeticBinary());
    add_all<1>(all, TranscendentalUnary());
    add_all<2>(all, TranscendentalBinary());
    add_all<1>(all, CompareUnary());
    add_all<2>(all, CompareBinary());
    add_all<1>(all, Activations());
    all["select"] = record_select;
    all["cast"] = record_cast;
    return all;
  }();
  return made;
}

bool plain(const ir::Type& type) { return type.dtype == DType::float32 || type.dtype == DType::boolean; }

const char* why_not_single(const ir::Node& node) {
  if (!table().count(node.op->name)) return "the interpreter doesn't know a functor of it";
  for (const ir::Value& value : node.inputs)
    if (!plain(value.type())) return "only float32 and bool";
  return plain(node.results[0]) ? nullptr : "only float32 and bool";
}

Operand constant_of(Recorder& recorder, const ir::Node& node) {
  const Tensor& value = node.get<Tensor>("value");
  return recorder.constant(value.dtype() == DType::boolean ? double(*value.data<bool>())
                                                           : double(*value.data<float>()));
}

bool is_scalar_constant(const ir::Node& node) {
  return ir::is(node, "constant") && plain(node.results[0]) && node.get<Tensor>("value").elements() == 1;
}

Operand input_operand(std::size_t index) { return {Operand::Kind::input, static_cast<std::uint16_t>(index)}; }

}  // namespace

const char* why_not_program(const ir::Node& node) {
  if (node.inputs.size() > most_operands) return "more than 64 operands";
  if (node.regions.empty()) return why_not_single(node);
  for (const auto& inner : node.regions[0].nodes) {
    if (ir::is(*inner, "input") || is_scalar_constant(*inner)) continue;
    if (const char* why = why_not_single(*inner)) return why;
  }
  return nullptr;
}

Program make_program(const ir::Node& node) {
  Recorder recorder;
  if (node.regions.empty()) {
    std::vector<Recorded> x;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) x.push_back({&recorder, input_operand(i)});
    return recorder.finish({table().at(node.op->name)(node, x.data()).operand});
  }
  const ir::Graph& region = node.regions[0];
  std::vector<Operand> made(region.nodes.size());
  for (std::size_t i = 0; i < region.inputs.size(); ++i) made[region.inputs[i].node->id] = input_operand(i);
  for (const auto& inner : region.nodes) {
    if (ir::is(*inner, "input")) continue;
    if (ir::is(*inner, "constant")) {
      made[inner->id] = constant_of(recorder, *inner);
      continue;
    }
    std::vector<Recorded> x;
    for (const ir::Value& value : inner->inputs) x.push_back({&recorder, made[value.node->id]});
    made[inner->id] = table().at(inner->op->name)(*inner, x.data()).operand;
  }
  std::vector<Operand> outputs;
  for (const ir::Output& output : region.outputs) outputs.push_back(made[output.value.node->id]);
  return recorder.finish(std::move(outputs));
}

}  // namespace keratin::elementwise
