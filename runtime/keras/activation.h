// Activation: a function of one tensor, by Keras name, by function object, or a layer used as a function.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/ir/graph.h"
#include "serialization/json/json.h"

namespace keratin::keras {

class Layer;
class LowerContext;
struct ActivationDef;

class Activation {
 public:
  // Linear.
  Activation() = default;
  // null, "relu", {"class_name": "function", "config": "relu", …} or a layer's object form.
  // Throws Error{unsupported} naming an unknown function.
  static Activation parse(const serialization::Json& json);
  ir::Value operator()(LowerContext& cx, ir::Value x) const;
  const serialization::Json& source() const { return source_; }
  // Whether it is Keras' own function of this name, not a user's that goes by it.
  bool is(std::string_view name) const;

  // From a default in a describe().
  Activation(const char* name);

 private:
  serialization::Json source_ = serialization::Json("linear");
  const ActivationDef* def_ = nullptr;  // null: linear
  std::shared_ptr<Layer> layer_;
  std::function<ir::Value(ir::Value)> custom_;  // the user's, by name
};

// What upgrade_config makes of Keras 1 and 2's hard_sigmoid; no file has this name (file_config).
constexpr char hard_sigmoid_keras_2[] = "hard_sigmoid_keras_2";

// One named function. lower gets the value in the layer's compute dtype.
struct ActivationDef {
  const char* name;
  ir::Value (*lower)(ir::Value x);
};
const ActivationDef* find_activation(std::string_view name);

}  // namespace keratin::keras
