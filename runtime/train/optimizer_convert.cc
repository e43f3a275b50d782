// An optimizer of one family as another family's: the same state under that family's names and order.
#include <algorithm>

#include "runtime/train/optimizer_state.h"

namespace keratin::train {
namespace {

void check_same_arithmetic(const Optimizer& o, Dialect dialect) {
  const auto refuse_unless = [&](bool holds, const char* why) {
    check(holds, ErrorCode::unsupported, "optimizer ", o.def->class_name, " can't be written for ",
          is_keras_3(dialect) ? "Keras 3" : "tf_keras", ": ", why);
  };
  if (is_legacy(o.dialect)) {
    refuse_unless(!o.def->legacy_differs, "legacy optimizers of this class compute otherwise");
    refuse_unless(o.common.decay.value == 0, "it has no \"decay\" of the learning rate");
    const int clips =
        o.common.clipvalue.has_value() + o.common.clipnorm.has_value() + o.common.global_clipnorm.has_value();
    refuse_unless(clips < 2, "it clips in one way only");
  }
  if (!is_keras_3(dialect)) {
    refuse_unless(!o.common.gradient_accumulation_steps && !o.common.loss_scale_factor,
                  "it has no \"gradient_accumulation_steps\" and \"loss_scale_factor\"");
    const Variable any("any", DType::float32, {2, 2});
    SlotContext cx{o, any};
    if (o.def->slots) o.def->slots(o.config.get(), cx);
    for (const SlotSpec& spec : cx.specs)
      refuse_unless(spec.tf_keras != nullptr, "there is no optimizer of this class");
    refuse_unless(!o.def->holds_several, "there is no optimizer of this class");
  }
}

void check_all(const Optimizer& o, Dialect dialect) {
  check_same_arithmetic(o, dialect);
  for (const OptimizerPtr& inner : o.inner) check_all(*inner, dialect);
}

// The keys that both families have; make_optimizer gives the others their defaults.
Json common_config(const Optimizer& o) {
  Json config = optimizer_config(o);
  if (const Json* dynamic = config.find("dynamic"))
    check(dynamic->truthy(), ErrorCode::unsupported, "optimizer ", o.def->class_name,
          " can't be written for Keras 3: its loss scale is dynamic");
  for (const char* key : {"name", "jit_compile", "is_legacy_optimizer", "decay", "loss_scale_factor",
                          "gradient_accumulation_steps", "dynamic"})
    config.erase(key);
  Json* rate = config.find("learning_rate");
  if (Json* schedule = rate ? rate->find("config") : nullptr)  // Keras 3 takes no schedule without a name
    if (const Json* name = schedule->find("name"); name && name->is_null()) schedule->erase("name");
  if (Json* inner = config.find("inner_optimizer")) (*inner)["config"] = common_config(*o.inner[0]);
  return config;
}

}  // namespace

void copy_state(const Optimizer& from, Optimizer& to) {
  const auto copy = [](const VariablePtr& a, const VariablePtr& b) { b->assign(a->value()); };
  copy(from.iteration, to.iteration);
  if (from.learning_rate && to.learning_rate) copy(from.learning_rate, to.learning_rate);
  for (const Slot& slot : from.shared) copy(slot.variable, to.shared_variable(slot.spec.name));
  for (std::size_t i = 0; i < to.trained.size(); ++i) {
    const auto known = std::find(from.trained.begin(), from.trained.end(), to.trained[i]);
    if (known == from.trained.end()) continue;
    const auto k = static_cast<std::size_t>(known - from.trained.begin());
    if (!from.averages.empty()) copy(from.averages[k], to.averages[i]);
    if (!from.accumulators.empty()) copy(from.accumulators[k], to.accumulators[i]);
    for (const Slot& slot : from.slots[k])  // tf_keras' SGD has a momentum where it says nothing, too
      if (const Slot* found = to.find_slot(i, slot.spec.name)) copy(slot.variable, found->variable);
  }
  for (std::size_t i = 0; i < from.inner.size(); ++i) copy_state(*from.inner[i], *to.inner[i]);
}

OptimizerPtr convert_optimizer(const Optimizer& o, Dialect dialect) {
  const bool same = is_keras_3(o.dialect) ? is_keras_3(dialect) : o.dialect == dialect;
  if (!same) check_all(o, dialect);
  Json object, config = same ? optimizer_config(o) : common_config(o);
  if (dialect == Dialect::tf_keras) {
    config["is_legacy_optimizer"] = false;
    if (Json* inner = config.find("inner_optimizer")) (*inner)["config"]["is_legacy_optimizer"] = false;
  }
  object["class_name"] = o.def->class_name;
  object["config"] = std::move(config);
  OptimizerPtr made = make_optimizer(object, dialect, o.floatx);
  made->without_weight_decay = o.without_weight_decay;
  if (!o.built()) return made;
  made->build(o.trained);
  copy_state(o, *made);
  return made;
}

}  // namespace keratin::train
