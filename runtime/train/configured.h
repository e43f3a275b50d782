// What optimizers, schedules, regularizers and constraints share: a class with a config that one describe()
// reads, writes and documents, made out of the object form {"class_name", "config"} or a name.
#pragma once

#include <span>
#include <string>

#include "runtime/core/error.h"
#include "runtime/keras/config.h"

namespace keratin::train {

using keras::ConfigPtr;
using serialization::Json;

struct ConfigFunctions {
  // Erases the keys it knows from `left`. Throws Error{corrupt_file}.
  ConfigPtr (*read)(const Json& config, Json& left) = nullptr;
  Json (*write)(const void* config) = nullptr;
  std::vector<keras::KeyDoc> (*document)() = nullptr;
};

template <class Config>
constexpr ConfigFunctions config_functions() {
  return {[](const Json& json, Json& left) -> ConfigPtr {
            auto config = std::make_shared<Config>();
            keras::ConfigReader reader(json, left);
            config->describe(reader);
            return config;
          },
          [](const void* config) {
            Config copy = *static_cast<const Config*>(config);
            keras::ConfigWriter writer;
            copy.describe(writer);
            return writer.take();
          },
          [] {
            Config config;
            keras::ConfigDocumenter documenter;
            config.describe(documenter);
            return documenter.take();
          }};
}

// A config without keys.
struct NoConfig {
  template <class V>
  void describe(V&) {}
};

// Class and config of an object form, a function's object form, or a name.
struct NamedObject {
  std::string class_name;  // without "Custom>"
  Json config = Json(Json::Object{});
};
NamedObject read_object(const Json& object, const char* kind);
// {"module", "class_name", "config", "registered_name"} as Keras 3 writes it.
Json object_form(const char* module, const std::string& class_name, Json config);
// Throws Error{corrupt_file} naming a key that says something and wasn't read.
void check_all_read(const Json& left, const std::string& where);
// Throws Error{unsupported}.
[[noreturn]] void refuse_class(const char* kind, const std::string& class_name);

// An object of one of the families whose classes are all like this: read once, then used.
template <class Def>
struct Configured {
  const Def* def = nullptr;
  ConfigPtr config;
  explicit operator bool() const { return def != nullptr; }
};

// Null for a null object. Throws Error{unsupported} naming an unknown class, Error{corrupt_file}.
template <class Def>
Configured<Def> make_configured(const Json& object, std::span<const Def* const> defs, const char* kind) {
  if (object.is_null()) return {};
  NamedObject named = read_object(object, kind);
  for (const Def* def : defs) {
    bool is_it = named.class_name == def->class_name;
    for (const char* alias : def->aliases) is_it |= named.class_name == alias;
    if (!is_it) continue;
    const std::string where = std::string(kind) + " " + def->class_name;
    return within(where, [&] {
      Json left = named.config;
      Configured<Def> made{def, def->config.read(named.config, left)};
      check_all_read(left, where);
      return made;
    });
  }
  refuse_class(kind, named.class_name);
}

template <class Def>
Json configured_json(const Configured<Def>& made, const char* module) {
  return made ? object_form(module, made.def->class_name, made.def->config.write(made.config.get())) : Json();
}

}  // namespace keratin::train
