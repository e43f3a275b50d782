// Layer: one object of a Keras model: name, config, variables and sub-layers under Keras' attribute names.
// LayerDef: what a layer class is: its config, how it builds its weights and how it computes. One file each.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/ir/graph.h"
#include "runtime/keras/initializer.h"
#include "runtime/variables/variable.h"
#include "serialization/json/json.h"

namespace keratin::keras {

using serialization::Json;

class Layer;
class BuildContext;
class LowerContext;
struct CellDef;
struct KeyDoc;
struct OldWeights;
using LayerPtr = std::shared_ptr<Layer>;
using ConfigPtr = std::shared_ptr<void>;

// An old spelling of a config key, read and (for that flavour) written. Several rows of one key whose old
// spellings a config has make a list of their values: kernel_size of nb_row and nb_col.
struct Vintage {
  const char* key;  // Keras 3's; null: dropped, where convert doesn't throw
  const char* old_key;
  Json (*convert)(const Json&) = nullptr;  // old value -> Keras 3's; null: as it is
};

// What a key stands for that a file up to Keras 2 leaves out, where Keras 3's default is another.
struct OldDefault {
  const char* class_name;  // as the file has it: "CuDNNGRU"
  const char* key;         // Keras 3's
  const char* value;       // JSON, as such a file would spell it
};

// A row of the tests: config and inputs ("float32[2,4] float32[2,3]"), compared with real Keras' golden.
struct LayerCase {
  const char* config;
  const char* inputs;
  const char* arguments = "";  // JSON of call arguments besides the inputs; "bool[2,5]" is a random tensor
  // |a - b| <= (relative |b| + scaled max|b|) eps
  double relative = 8, scaled = 16;
};

// How a layer treats a mask that comes with its first input.
enum class Masking { drops, passes, handles };  // handles: lower() calls set_mask itself

// Filled by define_layer<Config, build, lower>({.class_name = …}) of config.h.
struct LayerDef {
  const char* class_name;
  Masking masking = Masking::drops;
  bool casts_inputs = true;  // floating inputs to the compute dtype; models leave that to their layers
  std::span<const Vintage> vintages = {};
  std::span<const char* const> old_names = {};  // class names of older files: "Convolution2D"
  std::span<const OldDefault> old_defaults = {};
  std::span<const LayerCase> cases = {};
  // Throws Error{corrupt_file} for a value that the layer can't take; erases the keys it knows from `left`.
  ConfigPtr (*read)(const Json& config, Json& left) = nullptr;
  // The config keys of this layer beyond name, trainable and dtype, in Keras 3's dialect and order.
  Json (*write)(const void* config) = nullptr;
  // Brings an older file's arrays of one layer into this layer's count, order and layout.
  void (*convert_weights)(const Layer& layer, OldWeights& old) = nullptr;
  void (*build)(BuildContext& cx, const void* config) = nullptr;
  ir::Values (*lower)(LowerContext& cx, const void* config) = nullptr;
  // The config's keys, for the generated option structs and documentation.
  std::vector<KeyDoc> (*document)() = nullptr;
  // Where the written object form differs from that of other layers: module, keys that Keras doesn't take.
  void (*amend)(const Layer& layer, Json& object) = nullptr;
  bool in_keras_3 = true;         // else no file of its dialect may name the class
  const CellDef* cell = nullptr;  // a recurrent cell: its states and how a step is split (cell.h)
};

struct DTypePolicy {
  std::string name = "float32";  // "mixed_float16", "bfloat16" …
  DType compute() const;
  DType variable() const;
};

class Layer {
 public:
  std::string name;
  std::string class_name;  // where files name it otherwise than def does: "Mean" of an op node
  const LayerDef* def = nullptr;
  ConfigPtr config;
  bool trainable = true;
  DTypePolicy dtype;
  Json build_config;   // as the file has it, or null
  int generation = 3;  // the Keras whose rules it keeps and whose file it is from: 1, 2 or 3
  // Unknown keys whose value is null, false, 0 or empty. Keras refuses what it doesn't know: they go back
  // only to their generation.
  Json kept;

  struct Weight {
    std::string name;  // attribute name: "kernel"
    VariablePtr variable;
    Json initializer;  // Keras object form, or null for zeros
    // The list that it stands in; a weight that is frozen later stays in its place.
    bool trainable = true;
    // Of the low-rank product that is added to this weight wherever it is used or stored (lora.h).
    std::optional<double> lora_scale = std::nullopt;
  };
  struct Child {
    std::string name;      // attribute name in Keras 3, the key in .weights.h5: "query_dense"
    std::string old_name;  // in tf.keras 2.x where it differs: "_query_dense"
    LayerPtr layer;
    bool in_list = false;  // one of several under this attribute: "layers" of a model, "cells"
  };
  std::vector<Weight> weights;  // creation order
  std::vector<Child> children;  // attribute order
  bool built = false;

  // The class as files name it: "Dense"; the operation's for an op node.
  std::string file_class_name() const;

  template <class Config>
  Config& config_as() const {
    return *static_cast<Config*>(config.get());
  }

  // Own and children's variables in Keras' order: trainable ones first, then the others.
  std::vector<VariablePtr> trainable_variables() const;
  std::vector<VariablePtr> non_trainable_variables() const;
  std::vector<VariablePtr> variables() const;
  // Depth first: this layer, then its children.
  void visit(const std::function<void(const Layer&)>& fn) const;
};

// What a layer is built with: types of its inputs (positional tensors, flattened; dims may be symbolic).
class BuildContext {
 public:
  using Named = std::vector<std::pair<std::string, ir::Type>>;
  BuildContext(Layer& layer, std::vector<ir::Type> inputs, Named named = {})
      : layer_(layer), inputs_(std::move(inputs)), named_(std::move(named)) {}
  const Layer& layer() const { return layer_; }
  std::size_t count() const { return inputs_.size(); }
  const ir::Type& input(std::size_t i = 0) const;
  // The type of a tensor that the call names ("value" of attention layers), or null.
  const ir::Type* named(std::string_view name) const;
  // The size of a dimension that a weight's shape needs. Throws Error{corrupt_file} when it isn't known.
  std::int64_t known(std::size_t input, std::int64_t axis) const;

  struct Options {
    bool trainable = true;
    VariableKind kind = VariableKind::parameter;
    bool full_precision = false;  // float32 whatever the policy says (statistics keep the variable dtype)
    std::optional<DType> dtype = std::nullopt;
  };
  void add_weight(const std::string& name, Shape shape, const Json& initializer, Options options);
  void add_weight(const std::string& name, Shape shape, const Json& initializer) {
    add_weight(name, std::move(shape), initializer, Options());
  }
  // Low-rank weights train in place of this one, which keeps its place among the trainable ones.
  void adapt(const std::string& name, double lora_scale);
  // A sub-layer's variable as one of this layer, too: Keras lists and stores it twice.
  void share_weight(const std::string& name, VariablePtr variable);
  // Makes layer a child under this attribute name and builds it on these inputs.
  void add_layer(const std::string& name, LayerPtr layer, std::vector<ir::Type> inputs,
                 const std::string& old_name = "");
  // The same without building: the layer builds itself when it is first lowered; or one of a list of layers.
  void adopt(const std::string& name, LayerPtr layer, bool in_list = false);

 private:
  Layer& layer_;
  std::vector<ir::Type> inputs_;
  Named named_;
};

// Builds layer (once). Throws Error with the layer's name in front.
void build_layer(Layer& layer, std::vector<ir::Type> inputs);

// Makes a layer out of its object form {"class_name", "config", …} in Keras 3's dialect.
// Throws Error{unsupported} naming an unknown class, Error{corrupt_file} for a bad config.
class CustomObjects;
LayerPtr make_layer(const Json& object);
// For layers that consist of others: class and config in Keras 3's dialect.
LayerPtr make_layer(const char* class_name, const std::string& name, const DTypePolicy& dtype, Json config);
// The object form back.
Json layer_config(const Layer& layer);
const LayerDef* find_layer_def(std::string_view class_name);

}  // namespace keratin::keras

namespace keratin {
std::span<const keras::LayerDef* const> registry_layers();
}
