#include "runtime/keras/refusals.h"

#include <map>
#include <string>

#include "runtime/core/error.h"
#include "runtime/keras/activation.h"
#include "runtime/keras/make.h"
#include "runtime/keras/operation.h"
#include "runtime/keras/tensorflow_functions.h"

namespace keratin::keras {
namespace {

using serialization::Json;

std::string text_or(const Json& object, std::string_view key, const std::string& fallback) {
  const Json* found = object.is_object() ? object.find(key) : nullptr;
  return found && found->is_string() ? found->as_string() : fallback;
}

class Collector {
 public:
  void visit(const Json& object) {
    if (object.is_array())
      for (const Json& item : object.as_array()) visit(item);
    if (!object.is_object()) return;
    for (const auto& [key, value] : object.as_object()) {
      const bool many = key == "layers" || key == "cells";
      const bool one = key == "layer" || key == "cell" || key == "backward_layer";
      if (many && value.is_array())
        for (const Json& entry : value.as_array()) layer(entry);
      else if (one)
        layer(value);
      else
        visit(value);
    }
  }

  void refuse() const {
    std::string text;
    for (const auto& [what, names] : found_) {
      text += cat(text.empty() ? "" : "; ", what, ": ");
      bool first = true;
      for (const auto& [name, layer] : names) {
        text += cat(first ? "" : ", ", name, " (layer \"", layer, "\")");
        first = false;
      }
    }
    if (text.empty()) return;
    text += "; register them with CustomObjects";
    if (found_.count(python)) text += ": a layer of the class name Lambda gets a Lambda's config";
    fail(ErrorCode::unsupported, text);
  }

 private:
  static constexpr char python[] = "Python code, which can't be run here";

  void add(const std::string& what, const std::string& name, const std::string& layer) {
    found_[what].emplace(name, layer);
  }

  void layer(const Json& entry) {
    const Json* kind = entry.is_object() ? entry.find("class_name") : nullptr;
    const Json* config = entry.is_object() ? entry.find("config") : nullptr;
    if (!kind || !kind->is_string() || !config || !config->is_object()) return visit(entry);
    const std::string& class_name = kind->as_string();
    const std::string name = text_or(*config, "name", "?");
    const std::string registered = text_or(entry, "registered_name", class_name);
    for (const Resolver* resolver : resolvers())
      if (resolver->make(class_name, registered, entry)) return;  // what is inside is the user's
    visit(*config);
    if (text_or(entry, "module", "").starts_with("keras.src.ops")) {
      if (!find_operation(class_name)) add("unknown classes", class_name, name);
    } else if (is_users_class(entry) || !find_layer_def(class_name)) {
      add("unknown classes", registered, name);
    } else if (class_name == "Lambda") {
      add(python, class_name, name);
    } else if (class_name == "TFOpLambda" || class_name == "SlicingOpLambda") {
      const std::string function = text_or(*config, "function", "");
      if (!find_tensorflow_function(function)) add("unknown functions", "tf." + function, name);
    } else {
      for (const char* key : {"activation", "recurrent_activation"})
        if (const Json* activation = config->find(key)) function(*activation, name);
    }
  }

  void function(const Json& activation, const std::string& layer) {
    const bool named = activation.is_string() || text_or(activation, "class_name", "") == "function";
    const std::string name =
        activation.is_string() ? activation.as_string() : text_or(activation, "config", "");
    if (!named || name.empty() || find_activation(name)) return;
    for (const Resolver* resolver : resolvers())
      if (resolver->function(name)) return;
    add("unknown functions", name, layer);
  }

  std::map<std::string, std::map<std::string, std::string>> found_;  // what -> name -> a layer
};

}  // namespace

void refuse_unknown(const Json& config) {
  Collector collector;
  collector.visit(config);
  collector.refuse();
}

}  // namespace keratin::keras
