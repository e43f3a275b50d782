#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/keras/activation.h"
#include "runtime/keras/make.h"
#include "runtime/keras/upgrade.h"

namespace keratin::keras {
namespace {

struct Renamed {
  const char* old_name;
  const char* name;
};
// Names of initializers that Keras 3 dropped.
constexpr Renamed initializers[] = {{"zero", "zeros"},
                                    {"one", "ones"},
                                    {"normal", "random_normal"},
                                    {"uniform", "random_uniform"},
                                    {"Uniform", "RandomUniform"},
                                    {"Normal", "RandomNormal"},
                                    {"OrthogonalInitializer", "Orthogonal"},
                                    {"IdentityInitializer", "Identity"}};

// Keys and values of initializers that Keras 3 refuses.
void upgrade_initializer_config(Json& value) {
  Json* config = value.find("config");
  if (!config || !config->is_object()) return;
  config->erase("dtype");  // TensorFlow 1.9 to 2.1
  if (const Json* kind = config->find("distribution"); kind && *kind == Json("normal"))
    (*config)["distribution"] = "truncated_normal";
}

void upgrade_initializer(Json& value) {
  Json* name = value.is_string() ? &value : value.find("class_name");
  if (!name || !name->is_string()) return;
  for (const Renamed& row : initializers)
    if (name->as_string() == row.old_name) {
      *name = row.name;
      return;
    }
}

// Keras 1's {"name": "MaxNorm", "m": 2, …} as {"class_name", "config"}.
void upgrade_named(Json& value, std::initializer_list<Renamed> classes, std::initializer_list<Renamed> keys) {
  const Json* name = value.find("name");
  if (!name || !name->is_string() || value.find("class_name")) return;
  std::string kind = name->as_string();
  for (const Renamed& row : classes)
    if (kind == row.old_name) kind = row.name;
  Json config = Json(Json::Object{});
  for (const auto& [key, item] : value.as_object()) {
    if (key == "name") continue;
    const auto row =
        std::find_if(keys.begin(), keys.end(), [&](const Renamed& r) { return key == r.old_name; });
    config[row == keys.end() ? key : row->name] = item;
  }
  Json made;
  made["class_name"] = kind;
  made["config"] = std::move(config);
  value = std::move(made);
}

// hard_sigmoid is clip(0.2 x + 0.5) up to Keras 2, relu6(x + 3) / 6 in Keras 3.
bool upgrade_activation(Json& value) {
  Json* name = &value;
  if (value.is_object()) {
    name = value.find("config");
    if (!name || !name->is_string()) name = value.find("class_name");
  }
  if (!name || !name->is_string() || name->as_string() != "hard_sigmoid") return false;
  value = hard_sigmoid_keras_2;
  return true;
}

void upgrade_values(Upgrade& upgrade, const std::string& class_name, Json& config) {
  for (auto& [key, value] : config.as_object()) {
    if (key.ends_with("initializer")) upgrade_initializer(value);
    if (key.ends_with("initializer") && upgrade.before_3()) upgrade_initializer_config(value);
    if (key.ends_with("regularizer"))
      upgrade_named(
          value,
          {{"WeightRegularizer", "L1L2"}, {"L1L2Regularizer", "L1L2"}, {"ActivityRegularizer", "L1L2"}}, {});
    if (key.ends_with("constraint"))
      upgrade_named(value, {{"maxnorm", "MaxNorm"}, {"nonneg", "NonNeg"}, {"unitnorm", "UnitNorm"}},
                    {{"m", "max_value"}});
    if (upgrade.before_3() && key.ends_with("activation") && upgrade_activation(value))
      upgrade.converted(class_name, "hard_sigmoid is Keras 2's, clip(0.2 x + 0.5)");
  }
}

// The values of a key's old spellings that config has: one as it is, several as a list ("nb_row", "nb_col").
void upgrade_key(Upgrade& upgrade, const LayerDef& def, const Vintage& first, Json& config) {
  Json::Array values;
  std::string old_keys;
  bool renamed = false;
  for (const Vintage& row : def.vintages) {
    if (std::string_view(row.key ? row.key : "") != (first.key ? first.key : "")) continue;
    const Json* found = config.find(row.old_key);
    if (!found) continue;
    within(cat("\"", row.old_key, "\""),
           [&] { values.push_back(row.convert ? row.convert(*found) : *found); });
    if (row.key && std::string_view(row.key) == row.old_key) continue;
    renamed = true;
    old_keys += (old_keys.empty() ? "" : ", ") + std::string(row.old_key);
    config.erase(row.old_key);
  }
  if (values.empty() || !first.key) return;
  if (renamed) {
    if (config.find(first.key)) return;  // the newer spelling is there as well, and counts
    upgrade.converted(def.class_name, old_keys + " is " + first.key);
  }
  config[first.key] = values.size() == 1 ? std::move(values[0]) : Json(std::move(values));
}

void upgrade_keys(Upgrade& upgrade, const LayerDef& def, Json& config) {
  std::set<std::string_view> done;
  for (const Vintage& row : def.vintages)
    if (done.insert(row.key ? row.key : "").second) upgrade_key(upgrade, def, row, config);
}

void add_old_defaults(const LayerDef& def, const std::string& class_name, Json& config) {
  for (const OldDefault& row : def.old_defaults)
    if (class_name == row.class_name && !config.find(row.key))
      config[row.key] = serialization::parse_json(row.value, row.key);
}

}  // namespace

void upgrade_names(Upgrade& upgrade, Json& object) {
  std::string class_name = object.at("class_name").as_string();
  if (class_name.starts_with("Custom>") && find_layer_def(class_name.substr(7)))
    object["class_name"] = class_name = class_name.substr(7);
  Json& config = object["config"];
  if (!config.is_object()) return;
  if (const Json* name = object.find("name"); name && name->is_string() && !config.find("name"))
    config["name"] = *name;
  const LayerDef* def = is_users_class(object) ? nullptr : find_layer_def(class_name);
  if (!def) return;
  if (class_name != def->class_name) {
    if (upgrade.before_3()) upgrade.converted(class_name, cat("is ", def->class_name));
    object["class_name"] = def->class_name;
  }
  upgrade_keys(upgrade, *def, config);
  if (upgrade.before_3()) add_old_defaults(*def, class_name, config);
  upgrade_values(upgrade, def->class_name, config);
}

}  // namespace keratin::keras
