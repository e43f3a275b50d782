// Collects the config of an optimizer, a schedule, a loss or a metric for the generated builders of
// objects.cc.
#pragma once

#include "keratin/compile.h"
#include "runtime/core/error.h"
#include "serialization/json/json.h"

namespace keratin {
inline namespace v1 {

// Keys that are as Keras has them are left out: each family then has its own.
class ObjectBuilder {
 public:
  using Json = serialization::Json;

  template <class T>
  void set(const char* key, const T& value, const T& fallback) {
    if (!(value == fallback)) config_[key] = Json(value);
  }
  template <class T>
  void set(const char* key, const std::optional<T>& value, const std::optional<T>& fallback) {
    if (value != fallback) config_[key] = value ? Json(*value) : Json();
  }
  template <class T>
  void set(const char* key, const std::vector<T>& value, const std::vector<T>& fallback) {
    if (value != fallback) config_[key] = Json::Array(value.begin(), value.end());
  }
  void set(const char* key, const LearningRate& value, const LearningRate& fallback) {
    if (value.json() != fallback.json()) json(key, value.json());
  }
  // What has to be said.
  template <class T>
  void set(const char* key, const T& value) {
    config_[key] = Json(value);
  }
  template <class T>
  void set(const char* key, const std::vector<T>& value) {
    config_[key] = Json::Array(value.begin(), value.end());
  }
  // Any value as JSON text.
  void json(const char* key, const std::string& value, const std::string& fallback) {
    if (value != fallback) json(key, value);
  }
  void json(const char* key, const std::string& value) {
    try {
      config_[key] = serialization::parse_json(value, key);
    } catch (const Error& e) {
      throw Error(ErrorCode::invalid_argument, e.what());
    }
  }
  template <class Object>
  Object make(const char* class_name) {
    Json object;
    object["class_name"] = class_name;
    object["config"] = std::move(config_);
    return Object::from_config(serialization::print_json(object));
  }

 private:
  Json config_ = Json(Json::Object{});
};

}  // namespace v1
}  // namespace keratin
