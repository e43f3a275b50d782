// CustomObjects: layers and functions of the user's, by the names that files use. An argument of a load, or
// in force on a thread through a CustomScope, or for the whole process. CustomLayer: the base of a user's
// layer; it computes with keratin/ops.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keratin/export.h"
#include "keratin/ops.h"
#include "keratin/tensor.h"

namespace keratin {
inline namespace v1 {

// What a CustomLayer sees while a model is built and turned into a graph.
class KERATIN_API CustomContext {
 public:
  virtual ~CustomContext() = default;
  virtual bool training() const = 0;
  // In build: declares a weight. initializer: a Keras name ("zeros", "glorot_uniform").
  virtual void add_weight(const std::string& name, const Shape& shape, const std::string& initializer,
                          bool trainable) = 0;
  // In call: the weight's value.
  virtual ops::Value weight(const std::string& name) const = 0;
  // In call: the sum of value is added to the loss, or the mean of value, over all batches, is a metric.
  virtual void add_loss(ops::Value value) = 0;
  virtual void add_metric(const std::string& name, ops::Value value) = 0;
};

// One object per layer of a model, made by the factory that was registered.
class KERATIN_API CustomLayer {
 public:
  virtual ~CustomLayer() = default;
  // input_shapes: -1 for any size.
  virtual void build(CustomContext& context, const std::vector<Shape>& input_shapes);
  virtual std::vector<ops::Value> call(CustomContext& context, const std::vector<ops::Value>& inputs) = 0;
  // The layer's own config keys as a JSON object, as its factory takes them.
  virtual std::string get_config() const { return "{}"; }
};

// A loss, or what a metric is the mean of: values per sample, of targets and predictions.
using LossFunction = std::function<ops::Value(ops::Value y_true, ops::Value y_pred)>;

// First values of a variable.
using InitializerFunction = std::function<Tensor(const Shape& shape, DType dtype, std::uint64_t seed)>;

class KERATIN_API CustomObjects {
 public:
  CustomObjects();
  ~CustomObjects();
  CustomObjects(const CustomObjects&);
  CustomObjects& operator=(const CustomObjects&);

  // factory gets the layer's config as JSON. name: "MyLayer" or "package>MyLayer".
  void layer(const std::string& name,
             std::function<std::unique_ptr<CustomLayer>(const std::string& config)> factory);
  template <class T>
  void layer(const std::string& name) {
    layer(name, [](const std::string& config) { return std::make_unique<T>(config); });
  }
  // An activation or other function of one tensor.
  void function(const std::string& name, std::function<ops::Value(ops::Value)> function);

  // An initializer that a config names.
  void initializer(const std::string& name, InitializerFunction function);
  // A loss or metric that a file was compiled with.
  void loss(const std::string& name, LossFunction function);
  void metric(const std::string& name, LossFunction function) { loss(name, std::move(function)); }

  // Asked last, on every thread. Fill it before other threads load models.
  static CustomObjects& process_default();

  struct State;
  const State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

// In force on this thread while it lives; scopes nest. objects must outlive it.
class KERATIN_API CustomScope {
 public:
  explicit CustomScope(const CustomObjects& objects);
  ~CustomScope();
  CustomScope(const CustomScope&) = delete;
  CustomScope& operator=(const CustomScope&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace v1
}  // namespace keratin
