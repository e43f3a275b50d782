// Reading and writing layer configs through one describe() per layer. describe(v, c) names every key once:
//   v("units", c.units);            must be there
//   v("use_bias", c.use_bias, true) default when absent
//   v.optional("lora_rank", c.rank) absent when it has no value
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/keras/activation.h"
#include "runtime/keras/layer.h"

namespace keratin::keras {

// A regularizer, constraint or other object that is kept as the file has it.
struct Opaque {
  Json object;
};
// An int or a list of ints, per spatial axis: Keras writes 2 or [2, 2].
struct Sizes {
  std::vector<std::int64_t> values;
  // One value per axis. Throws Error{corrupt_file} for another count or a value below least.
  std::vector<std::int64_t> expanded(std::size_t rank, const char* key, std::int64_t least = 1) const;
};
// A number that is written as it was read: 2 or 2.0.
struct Number {
  double value = 0;
  Json written;
};
// One int or several, as axis arguments are; written as it was read.
struct Axes {
  std::vector<std::int64_t> values;
  bool single = false;
};
struct InitializerConfig {
  Json object;
};

template <class T>
struct ConfigValue;  // read(const Json&) -> T, write(const T&) -> Json

template <>
struct ConfigValue<bool> {
  static bool read(const Json& j) { return j.is_number() ? j.as_number() != 0 : j.as_bool(); }
  static Json write(bool v) { return v; }
};
template <>
struct ConfigValue<std::int64_t> {
  static std::int64_t read(const Json& j) { return j.as_integer(); }
  static Json write(std::int64_t v) { return v; }
};
template <>
struct ConfigValue<double> {
  static double read(const Json& j) { return j.is_bool() ? double(j.as_bool()) : j.as_number(); }
  static Json write(double v) { return v; }
};
template <>
struct ConfigValue<std::string> {
  static std::string read(const Json& j) { return j.as_string(); }
  static Json write(const std::string& v) { return v; }
};
template <>
struct ConfigValue<Json> {
  static Json read(const Json& j) { return j; }
  static Json write(const Json& v) { return v; }
};
template <>
struct ConfigValue<Opaque> {
  static Opaque read(const Json& j) { return {j}; }
  static Json write(const Opaque& v) { return v.object; }
};
template <>
struct ConfigValue<InitializerConfig> {
  static InitializerConfig read(const Json& j) { return check_initializer(j), InitializerConfig{j}; }
  static Json write(const InitializerConfig& v) { return v.object; }
};
template <>
struct ConfigValue<Activation> {
  static Activation read(const Json& j) { return Activation::parse(j); }
  static Json write(const Activation& v) { return v.source(); }
};
template <>
struct ConfigValue<LayerPtr> {
  static LayerPtr read(const Json& j) { return j.is_null() ? nullptr : make_layer(j); }
  static Json write(const LayerPtr& v) { return v ? layer_config(*v) : Json(); }
};
template <class T>
struct ConfigValue<std::optional<T>> {
  static std::optional<T> read(const Json& j) {
    return j.is_null() ? std::nullopt : std::optional<T>(ConfigValue<T>::read(j));
  }
  static Json write(const std::optional<T>& v) { return v ? ConfigValue<T>::write(*v) : Json(); }
};
template <class T>
struct ConfigValue<std::vector<T>> {
  static std::vector<T> read(const Json& j) {
    std::vector<T> values;
    for (const Json& item : j.as_array()) values.push_back(ConfigValue<T>::read(item));
    return values;
  }
  static Json write(const std::vector<T>& v) {
    Json::Array items;
    for (const T& item : v) items.push_back(ConfigValue<T>::write(item));
    return items;
  }
};
template <>
struct ConfigValue<Sizes> {
  static Sizes read(const Json& j) {
    return j.is_array() ? Sizes{ConfigValue<std::vector<std::int64_t>>::read(j)} : Sizes{{j.as_integer()}};
  }
  static Json write(const Sizes& v) { return ConfigValue<std::vector<std::int64_t>>::write(v.values); }
};
template <>
struct ConfigValue<Number> {
  static Number read(const Json& j) { return {j.as_number(), j}; }
  static Json write(const Number& v) { return v.written; }
};
template <>
struct ConfigValue<Axes> {
  static Axes read(const Json& j) {
    return j.is_array() ? Axes{ConfigValue<std::vector<std::int64_t>>::read(j), false}
                        : Axes{{j.as_integer()}, true};
  }
  static Json write(const Axes& v) {
    return v.single ? Json(v.values[0]) : ConfigValue<std::vector<std::int64_t>>::write(v.values);
  }
};

class ConfigReader {
 public:
  ConfigReader(const Json& config, Json& left) : config_(config), left_(left) {}
  template <class T>
  void operator()(const char* key, T& value) {
    const Json* found = config_.find(key);
    check(found != nullptr, ErrorCode::corrupt_file, "config has no \"", key, "\"");
    take(key, *found, value);
  }
  template <class T, class Default>
  void operator()(const char* key, T& value, const Default& fallback) {
    if (const Json* found = config_.find(key)) return take(key, *found, value);
    if constexpr (std::is_convertible_v<Default, T> && !std::is_null_pointer_v<Default>)
      value = T(fallback);
    else
      value = ConfigValue<T>::read(Json(fallback));
  }
  // A key that is written only where it has a value.
  template <class T>
  void optional(const char* key, std::optional<T>& value) {
    if (const Json* found = config_.find(key)) take(key, *found, value);
  }
  // A key that says nothing here (documentation of another backend, a hint): read and forgotten, written as
  // fallback.
  void ignored(const char* key, const Json&) { left_.erase(key); }
  // The same of old files, never written.
  void dropped(const char* key) { left_.erase(key); }

 private:
  template <class T>
  void take(const char* key, const Json& json, T& value) {
    within(std::string("\"") + key + "\"", [&] { value = ConfigValue<T>::read(json); });
    left_.erase(key);
  }
  const Json& config_;
  Json& left_;
};

class ConfigWriter {
 public:
  template <class T, class... Default>
  void operator()(const char* key, T& value, const Default&...) {
    out_[key] = ConfigValue<T>::write(value);
  }
  template <class T>
  void optional(const char* key, std::optional<T>& value) {
    if (value) out_[key] = ConfigValue<T>::write(*value);
  }
  void ignored(const char* key, const Json& value) { out_[key] = value; }
  void dropped(const char*) {}
  Json take() { return std::move(out_); }

 private:
  Json out_ = Json(Json::Object{});
};

// One key as documentation and the public option structs have it.
struct KeyDoc {
  std::string key;
  std::string type;  // C++'s, of the public struct; "json": any value as JSON text
  Json fallback;
  bool required;
};

template <class T>
struct PublicType {
  static std::string name() { return "json"; }
};
template <>
struct PublicType<bool> {
  static std::string name() { return "bool"; }
};
template <>
struct PublicType<std::int64_t> {
  static std::string name() { return "std::int64_t"; }
};
template <>
struct PublicType<double> {
  static std::string name() { return "double"; }
};
template <>
struct PublicType<Number> : PublicType<double> {};
template <>
struct PublicType<std::string> {
  static std::string name() { return "std::string"; }
};
template <>
struct PublicType<Activation> : PublicType<std::string> {};
template <>
struct PublicType<InitializerConfig> : PublicType<std::string> {};
template <>
struct PublicType<std::vector<std::int64_t>> {
  static std::string name() { return "std::vector<std::int64_t>"; }
};
template <>
struct PublicType<Sizes> : PublicType<std::vector<std::int64_t>> {};
template <>
struct PublicType<Axes> : PublicType<std::vector<std::int64_t>> {};
template <>
struct PublicType<LayerPtr> {
  static std::string name() { return "Layer"; }
};
template <>
struct PublicType<std::vector<LayerPtr>> {
  static std::string name() { return "std::vector<Layer>"; }
};
template <class T>
struct PublicType<std::optional<T>> {
  static std::string name() {
    const std::string inner = PublicType<T>::name();
    return inner == "json" || inner == "Layer" ? inner : "std::optional<" + inner + ">";
  }
};

class ConfigDocumenter {
 public:
  template <class T>
  void operator()(const char* key, T&) {
    keys_.push_back({key, PublicType<T>::name(), Json(), true});
  }
  template <class T, class Default>
  void operator()(const char* key, T& value, const Default& fallback) {
    if constexpr (std::is_convertible_v<Default, T> && !std::is_null_pointer_v<Default>)
      value = T(fallback);
    else
      value = ConfigValue<T>::read(Json(fallback));
    keys_.push_back({key, PublicType<T>::name(), ConfigValue<T>::write(value), false});
  }
  template <class T>
  void optional(const char* key, std::optional<T>&) {
    keys_.push_back({key, PublicType<std::optional<T>>::name(), Json(), false});
  }
  void ignored(const char*, const Json&) {}
  void dropped(const char*) {}
  std::vector<KeyDoc> take() { return std::move(keys_); }

 private:
  std::vector<KeyDoc> keys_;
};

// LayerDef of a Config struct with describe(v), and of build and lower functions that take it.
template <class Config, void (*Build)(BuildContext&, const Config&),
          ir::Values (*Lower)(LowerContext&, const Config&)>
constexpr LayerDef define_layer(LayerDef def) {
  def.read = [](const Json& json, Json& left) -> ConfigPtr {
    auto config = std::make_shared<Config>();
    ConfigReader reader(json, left);
    config->describe(reader);
    return config;
  };
  def.write = [](const void* config) {
    Config copy = *static_cast<const Config*>(config);
    ConfigWriter writer;
    copy.describe(writer);
    return writer.take();
  };
  def.document = [] {
    Config config;
    ConfigDocumenter documenter;
    config.describe(documenter);
    return documenter.take();
  };
  def.build = [](BuildContext& cx, const void* config) { Build(cx, *static_cast<const Config*>(config)); };
  def.lower = [](LowerContext& cx, const void* config) {
    return Lower(cx, *static_cast<const Config*>(config));
  };
  return def;
}

// For layers without weights.
template <class Config>
void build_nothing(BuildContext&, const Config&) {}

}  // namespace keratin::keras
