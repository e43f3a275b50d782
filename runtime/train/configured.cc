#include "runtime/train/configured.h"

namespace keratin::train {

NamedObject read_object(const Json& object, const char* kind) {
  NamedObject named;
  const Json* name = &object;
  if (object.is_object()) {
    name = object.find("class_name");
    check(name && name->is_string(), ErrorCode::corrupt_file, kind, ": expected a name or an object with ",
          "\"class_name\" and \"config\", found ", serialization::print_json(object).substr(0, 80));
    const Json* config = object.find("config");
    if (name->as_string() == "function" && config)
      name = config;
    else if (config && config->is_object())
      named.config = *config;
  }
  named.class_name = name->as_string();
  if (named.class_name.starts_with("Custom>")) named.class_name.erase(0, 7);
  return named;
}

Json object_form(const char* module, const std::string& class_name, Json config) {
  Json object;
  object["module"] = module;
  object["class_name"] = class_name;
  object["config"] = std::move(config);
  object["registered_name"] = nullptr;
  return object;
}

void check_all_read(const Json& left, const std::string& where) {
  if (!left.is_object()) return;
  for (const auto& [key, value] : left.as_object())
    check(!value.truthy(), ErrorCode::corrupt_file, where, ": unknown key \"", key, "\"");
}

void refuse_class(const char* kind, const std::string& class_name) {
  fail(ErrorCode::unsupported, kind, " \"", class_name, "\" is not known");
}

}  // namespace keratin::train
