// What stands behind Layer and SymbolicTensor.
#pragma once

#include "keratin/layer.h"
#include "runtime/api/home.h"

namespace keratin {
inline namespace v1 {

struct SymbolicTensor::State {
  keras::Symbolic tensor;
};

struct Layer::State {
  keras::LayerPtr layer;
  HomePtr home;  // of the model where it was got from, or null
};

inline SymbolicTensor wrap(keras::Symbolic tensor) {
  return SymbolicTensor(
      std::make_shared<const SymbolicTensor::State>(SymbolicTensor::State{std::move(tensor)}));
}
inline Layer wrap(keras::LayerPtr layer, HomePtr home = nullptr) {
  return Layer(std::make_shared<Layer::State>(Layer::State{std::move(layer), std::move(home)}));
}
// Of a layer and of all inside.
void set_trainable(keras::Layer& layer, bool trainable);
const keras::LayerPtr& layer_of(const Layer& layer);
std::vector<keras::Symbolic> tensors_of(const std::vector<SymbolicTensor>& tensors);
// The weights that get_weights gives: not the states of seed generators.
std::vector<VariablePtr> own_weights(const keras::Layer& layer);
// Throws Error{invalid_argument} for a wrong count, shape or dtype, before anything is assigned.
void assign_all(const std::vector<VariablePtr>& variables, const std::vector<Tensor>& values,
                const std::string& whose);
// Gives every variable that has no value one by its initializer.
void initialise_new(keras::Layer& layer);

// What a file would be blamed for is the caller's own here.
template <class Body>
auto blaming_caller(const Body& body) {
  try {
    return body();
  } catch (const Error& e) {
    if (e.code() != ErrorCode::corrupt_file) throw;
    throw Error(ErrorCode::invalid_argument, e.what());
  }
}

// Collects a layer's config for the generated builders of layers.cc.
class ConfigBuilder {
 public:
  void set(const char* key, keras::Json value) { config_[key] = std::move(value); }
  void set(const char* key, const Layer& layer);
  void set(const char* key, const std::vector<Layer>& layers);
  // Numbers; none: null. sizes: a single one stands for every axis.
  void list(const char* key, const std::vector<std::int64_t>& values);
  void sizes(const char* key, const std::vector<std::int64_t>& values);
  // A name, or an object form as JSON text.
  void text(const char* key, const std::string& value);
  void text_or_null(const char* key, const std::string& value) {
    value.empty() ? set(key, keras::Json()) : text(key, value);
  }
  // Any value as JSON text; empty: null.
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
