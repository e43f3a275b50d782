#include "runtime/keras/downgrade.h"

#include "runtime/core/error.h"
#include "runtime/keras/make.h"
#include "runtime/keras/upgrade.h"

namespace keratin::keras {
namespace {

bool is_functional_form(const Json& object) { return object.at("config").find("output_layers") != nullptr; }
bool is_model_form(const Json& object) { return object.at("config").find("layers") != nullptr; }

class Downgrade {
 public:
  Downgrade(bool modules, int generation) : modules_(modules), generation_(generation) {}

  // frozen: a model around it isn't trainable. tf.keras doesn't tell that of a Sequential.
  Json layer(Json object, bool modules, bool frozen) const {
    const std::string where = cat(object.at("class_name").as_string(), " \"", name_of_entry(object), "\"");
    return within(where, [&] {
      Json& config = object["config"];
      if (const Json* trainable = config.find("trainable")) {
        frozen |= !trainable->truthy();
        config["trainable"] = !frozen;
      }
      if (!is_users_class(object)) downgrade_names(object);
      if (is_model_form(object))
        model(object, frozen);
      else
        nested(config, frozen);
      return named(object, modules);
    });
  }

 private:
  void model(Json& object, bool frozen) const {
    Json& config = object["config"];
    for (Json& entry : config["layers"].as_array()) entry = layer(std::move(entry), modules_, frozen);
    if (is_functional_form(object)) return downgrade_nodes(config, generation_);
    config.erase("trainable");
    config.erase("dtype");
    if (const Json* shape = config.find("build_input_shape"); shape && shape->is_null())
      config.erase("build_input_shape");
  }

  // The layers that a layer holds keep their modules in every file.
  void nested(Json& config, bool frozen) const {
    const auto is_layer = [](const Json& value) {
      return is_object_form(value) && find_layer_def(value.at("class_name").as_string()) &&
             value.find("module") && value.at("module").is_string() &&
             (value.at("module").as_string() == "keras" ||
              value.at("module").as_string().starts_with("keras.layers") ||
              value.at("module").as_string().starts_with("keras.src.models"));
    };
    for (auto& [key, value] : config.as_object()) {
      if (value.is_array())
        for (Json& item : value.as_array())
          if (is_layer(item)) item = layer(std::move(item), true, frozen);
      if (is_layer(value)) value = layer(std::move(value), true, frozen);
    }
  }

  // The envelope.
  Json named(Json& object, bool modules) const {
    const bool user = is_users_class(object);
    const Json* registered = object.find("registered_name");
    Json made;
    if (modules) made["module"] = user ? object.at("module") : Json(module_of(object));
    if (user && !modules && registered && registered->is_string() &&
        registered->as_string().find('>') != std::string::npos)
      made["class_name"] = *registered;
    else
      made["class_name"] = object.at("class_name");
    made["config"] = std::move(object["config"]);
    if (modules)
      made["registered_name"] = is_functional(made)  ? Json("Functional")
                                : user && registered ? *registered
                                                     : Json();
    for (const char* key : {"name", "inbound_nodes"})
      if (const Json* found = object.find(key)) made[key] = *found;
    return made;
  }
  static bool is_functional(const Json& object) { return object.at("class_name") == Json("Functional"); }
  static const char* module_of(const Json& object) {
    if (is_functional(object)) return "keras.src.engine.functional";
    return is_model_form(object) ? "keras" : "keras.layers";
  }

  bool modules_;
  int generation_;
};

}  // namespace

Json tf_keras_config(const Layer& model, bool modules) {
  return Downgrade(modules, model.generation).layer(layer_config(model), modules, false);
}

}  // namespace keratin::keras
