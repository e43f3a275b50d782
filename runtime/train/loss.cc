#include "runtime/train/loss.h"

#include "runtime/train/kind.h"

namespace keratin::train {
namespace {

bool names(const LossDef& def, std::string_view function) {
  if (def.function_name == function) return true;
  for (const char* alias : def.aliases)
    if (alias == function) return true;
  return false;
}
bool is_class(const LossDef& def, std::string_view name) { return def.class_name && def.class_name == name; }

void read_config(LossObject& loss, Json config) {
  const Json* dtype = config.find("dtype");
  if (dtype && !dtype->is_null()) loss.dtype = parse_dtype(policy_name(*dtype));
  config.erase("dtype");
  config.erase("fn");  // says what the class says
  const char* fallback = loss.def->default_name ? loss.def->default_name : loss.def->function_name;
  const Json* name = config.find("name");
  loss.name = name && name->is_string() ? name->as_string() : fallback;
  config.erase("name");
  if (loss.flavour == Flavour::tf_keras) loss.reduction = "auto";
  if (const Json* reduction = config.find("reduction")) {
    loss.reduction.reset();
    if (!reduction->is_null()) check_reduction(loss.reduction.emplace(reduction->as_string()));
  }
  config.erase("reduction");
  Json left = config;
  loss.config = loss.def->config.read(config, left);
  check_all_read(left, "config");
}

}  // namespace

const LossDef* find_loss_def(std::string_view name) {
  for (const LossDef* def : registry_losses())
    if (is_class(*def, name) || names(*def, name)) return def;
  return nullptr;
}

LossObject make_loss(const Json& identifier, Flavour flavour) {
  LossObject loss;
  loss.flavour = flavour;
  if (identifier.is_null()) return loss;
  NamedObject named = read_object(identifier, "loss");
  if (named.class_name == "LossFunctionWrapper") {  // config: {"fn": function, its arguments …}
    const Json* fn = named.config.find("fn");
    check(fn != nullptr, ErrorCode::corrupt_file, "loss LossFunctionWrapper: config has no \"fn\"");
    named.class_name = read_object(*fn, "loss").class_name;
  }
  loss.def = find_loss_def(named.class_name);
  if (!loss.def) refuse_class("loss", named.class_name);
  loss.is_function = !identifier.find("config") && !is_class(*loss.def, named.class_name);
  loss.is_function |= identifier.is_object() && identifier.at("class_name") == Json("function");
  within("loss " + named.class_name, [&] { read_config(loss, std::move(named.config)); });
  return loss;
}

LossObject make_loss(const Json& identifier, const ir::Type& y_true, const ir::Type& y_pred,
                     Flavour flavour) {
  if (!is_one_of(identifier, {"crossentropy", "ce"}) || flavour != Flavour::keras3)
    return make_loss(identifier, flavour);
  LossObject loss = make_loss(cat(name_of(kind_of_targets(y_true, y_pred)), "_crossentropy"), flavour);
  loss.name = identifier.as_string();
  return loss;
}

Json loss_json(const LossObject& loss) {
  if (!loss) return nullptr;
  if (loss.is_function) return loss.def->function_name;
  Json config;
  config["name"] = loss.name;
  config["reduction"] = loss.reduction ? Json(*loss.reduction) : Json();
  const Json own = loss.def->config.write(loss.config.get());
  for (const auto& [key, value] : own.as_object()) config[key] = value;
  return object_form("keras.losses", loss.def->class_name, std::move(config));
}

ir::Value call_function(const LossDef& def, LossContext& cx, ir::Value y_true, ir::Value y_pred,
                        const void* config) {
  if (def.casts_targets) y_true = ir::cast(y_true, y_pred.dtype());
  return def.values(cx, y_true, y_pred, config);
}

LossValues loss_values(const LossObject& loss, ir::Value y_true, ir::Value y_pred) {
  return within("loss " + loss.name, [&] {
    if (loss.flavour == Flavour::keras3) {
      const DType dtype = loss.dtype.value_or(DType::float32);
      y_pred = ir::cast(y_pred, dtype);
      y_true = ir::cast(y_true, dtype);
    }
    std::tie(y_true, y_pred) = match_ranks(y_true, y_pred, loss.flavour);
    LossContext cx{loss.flavour};
    const ir::Value values = call_function(*loss.def, cx, y_true, y_pred, loss.config.get());
    return LossValues{values, cx.mask};
  });
}

ir::Value call_loss(const LossObject& loss, ir::Value y_true, ir::Value y_pred, ir::Value sample_weight,
                    ir::Value mask) {
  const LossValues made = loss_values(loss, y_true, y_pred);
  if (made.mask) mask = mask ? ir::binary("logical_and", mask, made.mask) : made.mask;
  return within("loss " + loss.name, [&] {
    return reduce_loss(made.values, sample_weight, mask, loss.reduction.value_or("none"), loss.flavour);
  });
}

}  // namespace keratin::train
