// Optimizers out of the configs that the dialects write, and back.
#include <algorithm>

#include "runtime/core/cast.h"
#include "runtime/keras/weights.h"
#include "runtime/train/optimizer.h"

namespace keratin::train {
namespace {

using keras::Number;

// The keys between name and the class's own, in the order in which each dialect writes them.
template <class V>
void describe_common(V& v, const Optimizer& o, CommonConfig& c, Json& learning_rate) {
  const OptimizerDef& def = *o.def;
  const Json weight_decay = def.weight_decay ? Json(*def.weight_decay) : Json();
  if (is_legacy(o.dialect)) {
    v.optional("clipnorm", c.clipnorm);
    v.optional("clipvalue", c.clipvalue);
    v.optional("global_clipnorm", c.global_clipnorm);
    v("learning_rate", learning_rate, def.learning_rate);
    v("decay", c.decay, def.legacy_decay);
    v.dropped("is_legacy_optimizer");
    return;
  }
  if (is_keras_3(o.dialect)) v("learning_rate", learning_rate, def.learning_rate);
  v("weight_decay", c.weight_decay, weight_decay);
  v("clipnorm", c.clipnorm, nullptr);
  v("global_clipnorm", c.global_clipnorm, nullptr);
  v("clipvalue", c.clipvalue, nullptr);
  v("use_ema", c.use_ema, false);
  v("ema_momentum", c.ema_momentum, 0.99);
  v("ema_overwrite_frequency", c.ema_overwrite_frequency, nullptr);
  if (is_keras_3(o.dialect)) {
    v("loss_scale_factor", c.loss_scale_factor, nullptr);
    v("gradient_accumulation_steps", c.gradient_accumulation_steps, nullptr);
    v.dropped("decay");  // Keras 3 ignores it
  } else {
    v("jit_compile", c.jit_compile, false);
    v.dropped("is_legacy_optimizer");
    v("learning_rate", learning_rate, def.tf_keras_learning_rate.value_or(def.learning_rate));
  }
}

void check_common(const Optimizer& o) {
  const CommonConfig& c = o.common;
  const int clips = c.clipnorm.has_value() + c.clipvalue.has_value() + c.global_clipnorm.has_value();
  const bool agree = is_keras_3(o.dialect) ? clips <= 1 : !c.clipnorm || !c.global_clipnorm;
  check(agree, ErrorCode::corrupt_file, "\"clipnorm\", \"clipvalue\" and \"global_clipnorm\": expected one",
        " of them");
  check(!c.loss_scale_factor || c.loss_scale_factor->value != 0, ErrorCode::corrupt_file,
        "\"loss_scale_factor\" is 0: expected another number");
  const std::int64_t steps = c.gradient_accumulation_steps.value_or(2);
  check(steps >= 2, ErrorCode::corrupt_file, "\"gradient_accumulation_steps\" is ", steps,
        ": expected at least 2");
  check(c.ema_overwrite_frequency.value_or(1) >= 1, ErrorCode::corrupt_file,
        "\"ema_overwrite_frequency\" is ", *c.ema_overwrite_frequency, ": expected at least 1");
}

void rename(Json& config, const char* old_key, const char* key) {
  if (Json* found = config.find(old_key)) {
    Json value = std::move(*found);
    config.erase(old_key);
    if (!config.find(key)) config[key] = std::move(value);
  }
}

// Spellings that are older than the dialect's own.
void upgrade(const OptimizerDef& def, Dialect dialect, Json& config) {
  rename(config, "lr", "learning_rate");
  if (is_legacy(dialect)) {
    rename(config, "schedule_decay", "decay");
    // Up to Keras 2.3 "clipnorm" is about all gradients together.
    if (dialect <= Dialect::keras_2_3) rename(config, "clipnorm", "global_clipnorm");
  }
  const Json* epsilon = config.find("epsilon");
  if (epsilon && (epsilon->is_null() || (is_legacy(dialect) && !epsilon->truthy()))) config["epsilon"] = 1e-7;
  if (def.upgrade) def.upgrade(config);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// Keras takes optimizers' names in any case.
const OptimizerDef* find_optimizer(const std::string& class_name) {
  for (const OptimizerDef* def : registry_optimizers()) {
    if (lower(class_name) == lower(def->class_name)) return def;
    for (const char* alias : def->aliases)
      if (lower(class_name) == lower(alias)) return def;
  }
  return nullptr;
}

// tf_keras reads a config that doesn't say as a legacy one.
Dialect dialect_of(const Json& object, const NamedObject& named, Dialect given) {
  if (is_keras_3(given) || given <= Dialect::keras_2_3) return given;
  if (const Json* legacy = named.config.find("is_legacy_optimizer"))
    return legacy->truthy() ? Dialect::legacy : Dialect::tf_keras;
  const Json* kind = object.find("class_name");
  if (!kind) return given;
  const std::string& class_name = kind->as_string();
  if (class_name.starts_with("Custom>") || class_name == "LossScaleOptimizerV3") return Dialect::tf_keras;
  return named.config.truthy() ? Dialect::legacy : given;
}

void set_learning_rate(Optimizer& o, const Json& value) {
  if (value.is_object()) {
    o.schedule = make_schedule(value);
    return;
  }
  const double rate = value.as_number();
  o.learning_rate =
      std::make_shared<Variable>("learning_rate", o.floatx, Shape{}, false, VariableKind::training_state);
  o.learning_rate->assign(cast_tensor(Tensor::of<double>({}, {rate}), o.floatx));
}

Json learning_rate_json(const Optimizer& o) {
  if (!o.learning_rate) return schedule_json(o.schedule);
  const Tensor value = cast_tensor(o.learning_rate->value(), DType::float64);
  return *value.data<double>();
}

std::string default_name(const OptimizerDef& def, Dialect dialect) {
  return is_keras_3(dialect) ? keras::snake_case(def.class_name) : def.class_name;
}

void read_config(Optimizer& o, Json config) {
  upgrade(*o.def, o.dialect, config);
  Json left = config, learning_rate;
  keras::ConfigReader reader(config, left);
  if (const Json* name = config.find("name"); name && name->is_string()) o.name = name->as_string();
  left.erase("name");
  if (!o.def->wrap) {
    describe_common(reader, o, o.common, learning_rate);
    check_common(o);
  }
  set_learning_rate(o, o.def->wrap ? Json(0.0) : learning_rate);
  o.config = o.def->config.read(config, left);
  check_all_read(left, o.def->class_name);
  o.kept = std::move(left);
  if (o.def->wrap) o.def->wrap(o.config.get(), o);
}

}  // namespace

OptimizerPtr make_optimizer(const Json& object, Dialect dialect, DType floatx) {
  const NamedObject named = read_object(object, "optimizer");
  auto made = std::make_shared<Optimizer>();
  made->def = find_optimizer(named.class_name);
  if (!made->def) refuse_class("optimizer", named.class_name);
  made->dialect = dialect_of(object, named, dialect);
  made->floatx = floatx;
  made->name = default_name(*made->def, made->dialect);
  made->iteration =
      std::make_shared<Variable>("iteration", DType::int64, Shape{}, false, VariableKind::training_state);
  made->iteration->assign(Tensor::of<std::int64_t>({}, {0}));
  within(std::string("optimizer ") + made->def->class_name, [&] { read_config(*made, named.config); });
  return made;
}

Json optimizer_config(const Optimizer& o) {
  keras::ConfigWriter writer;
  if (!o.def->wrap || is_keras_3(o.dialect)) {
    std::string name = o.name;
    writer("name", name);
  }
  if (!o.def->wrap) {
    CommonConfig common = o.common;
    Json learning_rate = learning_rate_json(o);
    describe_common(writer, o, common, learning_rate);
  }
  Json config = writer.take();
  if (o.dialect == Dialect::tf_keras && !o.def->wrap) config["is_legacy_optimizer"] = false;
  const Json own = o.def->config.write(o.config.get());
  for (const auto& [key, value] : own.as_object()) config[key] = value;
  if (o.kept.is_object())
    for (const auto& [key, value] : o.kept.as_object()) config[key] = value;
  if (o.def->write_inner) o.def->write_inner(o, config);
  return config;
}

Json optimizer_json(const Optimizer& o) {
  const char* module = o.dialect == Dialect::legacy ? "keras.optimizers.legacy" : "keras.optimizers";
  std::string class_name = o.def->class_name;
  if (o.dialect == Dialect::tf_keras && o.def->wrap) class_name += "V3";
  return object_form(module, class_name, optimizer_config(o));
}

}  // namespace keratin::train
