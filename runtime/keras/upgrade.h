// Upgrade: how upgrade_config brings a config into Keras 3's dialect, and what it notes for the report.
// Structure (nodes, Sequential, inputs) and names (classes, keys, values) have a file each.
#pragma once

#include <map>
#include <set>
#include <string>

#include "runtime/keras/layer.h"
#include "runtime/keras/report.h"

namespace keratin::keras {

class Upgrade {
 public:
  // generation: 1, 2 (also tf.keras and tf_keras) or 3: whose dialect the file speaks.
  explicit Upgrade(int generation) : generation_(generation) {}
  bool before_3() const { return generation_ < 3; }

  // An object form of a layer or model, with all that it holds.
  Json layer(Json object);
  // "Convolution2D: nb_filter is filters" once per class, however many layers.
  void converted(const std::string& class_name, const std::string& change) {
    changes_[class_name].insert(change);
  }
  void report(LoadReport& report) const;

 private:
  void nested(Json& config);

  int generation_;
  std::map<std::string, std::set<std::string>> changes_;
};

// {"class_name": "__tuple__", "items": […]} and the like as plain JSON, everywhere in value.
Json plain(const Json& value);

// Class, keys and values of one layer's object form, by the layer's old_names and vintages and by what all
// layers share. The layers inside are left as they are.
void upgrade_names(Upgrade& upgrade, Json& object);

// A config that is a list of layers, as Sequential's was up to Keras 2.2.2.
void upgrade_list(Upgrade& upgrade, Json& object);
// A Sequential whose first layer carries the input's shape: it gets an InputLayer.
void upgrade_sequential(Upgrade& upgrade, Json& object);

// Nodes of a functional model's config as {"args", "kwargs"} with __keras_tensor__ objects, and all node
// indices counted from 0.
void upgrade_nodes(Upgrade& upgrade, Json& config);
// An entry of a functional model that is a function or op of TensorFlow becomes a node of keras.ops.
// Throws Error{unsupported} naming what isn't in its tables.
void upgrade_tensorflow(Upgrade& upgrade, Json& entry);

// {"class_name", "config"} with a config that is a list or an object, as layers and models have it.
bool is_object_form(const Json& value);
// The name in an entry of "layers", or in its config; empty when there is none.
std::string name_of_entry(const Json& entry);

}  // namespace keratin::keras
