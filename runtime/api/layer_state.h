// What stands behind Layer and SymbolicTensor.
#pragma once

#include "keratin/layer.h"
#include "runtime/keras/symbolic.h"

namespace keratin {
inline namespace v1 {

struct SymbolicTensor::State {
  keras::Symbolic tensor;
};

struct Layer::State {
  keras::LayerPtr layer;
  keras::LayerPtr model;  // where it was got from, or null
};

inline SymbolicTensor wrap(keras::Symbolic tensor) {
  return SymbolicTensor(
      std::make_shared<const SymbolicTensor::State>(SymbolicTensor::State{std::move(tensor)}));
}
inline Layer wrap(keras::LayerPtr layer, keras::LayerPtr model = nullptr) {
  return Layer(std::make_shared<Layer::State>(Layer::State{std::move(layer), std::move(model)}));
}
const keras::LayerPtr& layer_of(const Layer& layer);
std::vector<keras::Symbolic> tensors_of(const std::vector<SymbolicTensor>& tensors);
// Gives every variable that has no value one by its initializer.
void initialise_new(keras::Layer& layer);

// Collects a layer's config for the generated builders of layers.cc.
class ConfigBuilder {
 public:
  void set(const char* key, keras::Json value) { config_[key] = std::move(value); }
  void set(const char* key, const std::vector<std::int64_t>& values);
  void set(const char* key, const Layer& layer);
  // A name, or an object form as JSON text.
  void text(const char* key, const std::string& value);
  // Any value as JSON text.
  void json(const char* key, const std::string& value);
  template <class T>
  void set(const char* key, const std::optional<T>& value) {
    if (value)
      set(key, *value);
    else
      set(key, keras::Json());
  }
  void text(const char* key, const std::optional<std::string>& value) {
    if (value)
      text(key, *value);
    else
      set(key, keras::Json());
  }
  Layer make(const char* class_name, const std::string& name, const std::string& dtype, bool trainable);

 private:
  keras::Json config_ = keras::Json(keras::Json::Object{});
};

}  // namespace v1
}  // namespace keratin
