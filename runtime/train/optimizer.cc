#include "runtime/train/optimizer.h"

#include "runtime/core/cast.h"

namespace keratin::train {
namespace {

Tensor filled(DType dtype, const Shape& shape, double value) {
  Tensor tensor(DType::float64, shape);
  for (std::size_t i = 0; i < tensor.elements(); ++i) tensor.data<double>()[i] = value;
  return cast_tensor(tensor, dtype);
}

VariablePtr make_state(std::string name, Tensor value) {
  auto variable = std::make_shared<Variable>(std::move(name), value.dtype(), value.shape(), false,
                                             VariableKind::training_state);
  variable->assign(std::move(value));
  return variable;
}

VariablePtr make_slot(const Variable& of, const SlotSpec& spec) {
  const std::string name = of.path + "/" + spec.name;
  if (spec.options.copies) return make_state(name, of.value().clone());
  if (spec.options.dummy) return make_state(name, filled(DType::int32, {}, 0));
  return make_state(name, filled(of.dtype(), spec.options.shape.value_or(of.shape()), spec.options.initial));
}

}  // namespace

void Optimizer::build(std::vector<VariablePtr> variables) {
  trained = std::move(variables);
  slots.clear();
  averages.clear();
  accumulators.clear();
  shared.clear();
  const bool averages_copy = dialect == Dialect::tf_keras;
  for (const VariablePtr& variable : trained) {
    if (common.use_ema)
      averages.push_back(make_slot(*variable, {"average", "average", nullptr, {.copies = averages_copy}}));
    if (common.gradient_accumulation_steps)
      accumulators.push_back(make_slot(*variable, {"gradient_accumulator", nullptr, nullptr}));
    std::vector<Slot>& own = slots.emplace_back();
    if (!def->slots) continue;
    SlotContext cx{*this, *variable};
    def->slots(config.get(), cx);
    for (const SlotSpec& spec : cx.specs) own.push_back({spec, make_slot(*variable, spec)});
  }
  if (def->share) def->share(config.get(), *this);
  if (def->build_inner) def->build_inner(config.get(), *this);
  built_ = true;
}

void Optimizer::add_shared(const char* name, const char* legacy, DType dtype, double initial) {
  shared.push_back({{name, nullptr, legacy}, make_state(name, filled(dtype, {}, initial))});
}

const VariablePtr& Optimizer::shared_variable(std::string_view name) const {
  for (const Slot& slot : shared)
    if (slot.spec.name == name) return slot.variable;
  fail(ErrorCode::internal, def->class_name, " has no shared variable ", name);
}

const Slot* Optimizer::find_slot(std::size_t index, std::string_view slot) const {
  for (const Slot& found : slots[index])
    if (found.spec.name == slot) return &found;
  return nullptr;
}

std::vector<VariablePtr> Optimizer::state() const {
  std::vector<VariablePtr> all = {iteration};
  if (learning_rate) all.push_back(learning_rate);
  for (const Slot& slot : shared) all.push_back(slot.variable);
  all.insert(all.end(), averages.begin(), averages.end());
  all.insert(all.end(), accumulators.begin(), accumulators.end());
  for (const std::vector<Slot>& own : slots)
    for (const Slot& slot : own) all.push_back(slot.variable);
  for (const OptimizerPtr& optimizer : inner)
    for (VariablePtr& variable : optimizer->state()) all.push_back(std::move(variable));
  return all;
}

void Optimizer::finalize() {
  for (std::size_t i = 0; i < averages.size(); ++i) trained[i]->assign(averages[i]->value().clone());
  for (const OptimizerPtr& optimizer : inner) optimizer->finalize();
}

}  // namespace keratin::train
