// Optimizers: their config, the variables that they keep, and the step that they add to a graph.
// OptimizerDef: what an optimizer class is. One file each in optimizers/.
#pragma once

#include <memory>
#include <optional>

#include "runtime/keras/lower.h"
#include "runtime/train/schedule.h"

namespace keratin::train {

// Who speaks: how configs are spelled, in which order files list an optimizer's variables and what these are
// called; up to legacy also details of the arithmetic.
enum class Dialect {
  keras_1,    // Keras 1 to 2.2
  keras_2_3,  // Keras 2.3
  legacy,     // tf.keras up to 2.10, optimizers.legacy since
  tf_keras,   // tf.keras from 2.11, tf_keras
  keras_3_0,  // Keras 3.0 to 3.9
  keras_3,    // Keras 3.10 and later
};
inline bool is_legacy(Dialect dialect) { return dialect <= Dialect::legacy; }
inline bool is_keras_3(Dialect dialect) { return dialect >= Dialect::keras_3_0; }

class Optimizer;
using OptimizerPtr = std::shared_ptr<Optimizer>;
// What a trained variable becomes behind a step.
using Constrain = std::function<ir::Value(const VariablePtr& variable, ir::Value value)>;

struct SlotOptions {
  double initial = 0;
  bool copies = false;  // starts as the variable's value
  // Files list the slots of a round variable by variable, then those of the next round.
  int round = 0;
  std::optional<Shape> shape = std::nullopt;  // else the variable's
  bool dummy = false;                         // Keras 3 lists an integer that nobody uses
  bool nameless = false;                      // Keras 3 calls it as the variable
};
// State that goes with a trained variable, by its names. null: a dialect doesn't list it.
struct SlotSpec {
  const char* name;      // Keras 3's: "momentum"
  const char* tf_keras;  // "m"
  const char* legacy;    // "m"
  SlotOptions options = {};
};
struct Slot {
  SlotSpec spec;
  VariablePtr variable;
};

// What all optimizers but the wrapping ones have.
struct CommonConfig {
  std::optional<keras::Number> weight_decay, clipnorm, global_clipnorm, clipvalue;
  bool use_ema = false;
  keras::Number ema_momentum;
  std::optional<std::int64_t> ema_overwrite_frequency;
  std::optional<keras::Number> loss_scale_factor;
  std::optional<std::int64_t> gradient_accumulation_steps;
  std::optional<bool> jit_compile;  // says nothing here
  keras::Number decay;              // legacy: of the learning rate, per step
};

// Collects the slots of one trained variable.
struct SlotContext {
  const Optimizer& optimizer;
  const Variable& variable;
  std::vector<SlotSpec> specs = {};
  void add(SlotSpec spec) { specs.push_back(std::move(spec)); }
};

// One variable's update while it is made: reads and assigns go through the graph.
class UpdateContext {
 public:
  UpdateContext(keras::Lowering& lowering, const Optimizer& optimizer, std::size_t index, ir::Value gradient,
                ir::Value learning_rate);

  const Optimizer& optimizer;
  bool legacy() const;
  ir::Value gradient() const { return gradient_; }
  ir::Value learning_rate() const { return learning_rate_; }
  ir::Value variable() const;
  void set_variable(ir::Value value);
  bool has(std::string_view slot) const;
  ir::Value slot(std::string_view name) const;
  ir::Value set_slot(std::string_view name, ir::Value value);  // returns value
  ir::Value shared(std::string_view name) const;               // in the variable's dtype
  // The number of this step, from 1, in the variable's dtype.
  ir::Value step() const;
  ir::Value constant(double value) const { return ir::constant_like(gradient_, value); }
  // 1 - value, rounded as this dialect rounds it.
  ir::Value complement(double value) const;
  // value to the power of this step.
  ir::Value power_of_step(double value) const;

 private:
  keras::Lowering& lowering_;
  std::size_t index_;
  ir::Value gradient_, learning_rate_;
};

// A row of the tests: config in Keras 3's spelling, for each of these dialects.
struct OptimizerCase {
  const char* config;
  const char* dialects = "keras_3 tf_keras legacy";
  bool overflows = false;  // one of the steps has an infinite gradient
};

// A hook that takes the class's own config as OptimizerDef calls it: Typed<Config, hook>::call.
template <class Config, auto Hook, class Signature = decltype(Hook)>
struct Typed;
template <class Config, auto Hook, class Result, class... Arguments>
struct Typed<Config, Hook, Result (*)(const Config&, Arguments...)> {
  static Result call(const void* config, Arguments... arguments) {
    return Hook(*static_cast<const Config*>(config), arguments...);
  }
};

// Filled by define_optimizer<Config, slots, update>({.class_name = …}).
struct OptimizerDef {
  const char* class_name;
  double learning_rate = 0.001;  // the defaults
  std::optional<double> weight_decay = std::nullopt, tf_keras_learning_rate = std::nullopt;
  bool counts_in_keras_1 = true;    // its list has the iteration
  bool legacy_differs = false;      // legacy arithmetic isn't that of later ones
  double legacy_decay = 0;          // default of "decay" in legacy configs
  bool legacy_decays = true;        // it slows the learning rate down
  bool legacy_interleaves = false;  // all slots of a variable together, in legacy lists, too
  std::span<const OptimizerCase> cases = {};
  std::span<const char* const> aliases = {};
  ConfigFunctions config = {};
  void (*slots)(const void* config, SlotContext& cx) = nullptr;
  void (*update)(const void* config, UpdateContext& cx) = nullptr;
  // State that belongs to no variable: calls add_shared. Null: none.
  void (*share)(const void* config, Optimizer& optimizer) = nullptr;
  // Its new values, made before the variables' updates.
  void (*update_shared)(const void* config, keras::Lowering& lowering, const Optimizer& optimizer) = nullptr;
  // Sets shared state that a file's list leaves out, from the iteration. Null: it can't be known.
  void (*recover)(const void* config, Optimizer& optimizer) = nullptr;
  // The weight decay of one variable, where it isn't simply the config's.
  std::optional<double> (*decay_of)(const void* config, const Optimizer& optimizer,
                                    const Variable& variable) = nullptr;
  // Brings an older config into Keras 3's keys.
  void (*upgrade)(Json& config) = nullptr;
  // ---- optimizers that wrap others
  // Fills Optimizer::inner; this being set, the class has no slots and no common config.
  void (*wrap)(const void* config, Optimizer& optimizer) = nullptr;
  bool holds_several = false;
  void (*write_inner)(const Optimizer& optimizer, Json& config) = nullptr;
  void (*build_inner)(const void* config, Optimizer& optimizer) = nullptr;
  void (*apply)(const void* config, keras::Lowering& lowering, const Optimizer& optimizer,
                const ir::Values& gradients, const Constrain& constrain) = nullptr;
  // What the loss is multiplied with; null: nothing.
  ir::Value (*loss_scale)(const void* config, keras::Lowering& lowering,
                          const Optimizer& optimizer) = nullptr;
};

template <class Config, auto Slots, auto Update>
constexpr OptimizerDef define_optimizer(OptimizerDef def) {
  def.config = config_functions<Config>();
  def.slots = Typed<Config, Slots>::call;
  def.update = Typed<Config, Update>::call;
  return def;
}

class Optimizer {
 public:
  const OptimizerDef* def = nullptr;
  Dialect dialect = Dialect::keras_3;
  std::string name;  // "adam"
  ConfigPtr config;  // the class's own
  CommonConfig common;
  Json kept;  // unknown keys that say nothing
  // exclude_from_weight_decay: patterns that are searched in the variables' paths. Keras doesn't save them.
  std::vector<std::string> without_weight_decay;
  Schedule schedule;  // or, without one, the variable learning_rate
  DType floatx = DType::float32;
  std::vector<OptimizerPtr> inner;

  // Training state. The learning rate may be assigned at any time; nothing is compiled again.
  VariablePtr iteration, learning_rate;
  std::vector<VariablePtr> averages, accumulators;  // per trained variable, or none
  std::vector<Slot> shared;                         // of no variable
  // Since build:
  std::vector<VariablePtr> trained;
  std::vector<std::vector<Slot>> slots;  // per trained variable

  // Makes the state for these variables, which must have values where slots start as copies.
  void build(std::vector<VariablePtr> variables);
  bool built() const { return built_; }
  void add_shared(const char* name, const char* legacy, DType dtype, double initial);
  const VariablePtr& shared_variable(std::string_view name) const;
  // Null when the variable has no such slot.
  const Slot* find_slot(std::size_t index, std::string_view slot) const;
  // All of it, of inner optimizers too.
  std::vector<VariablePtr> state() const;
  // Ends a training: with use_ema the variables take their averages.
  void finalize();

 private:
  bool built_ = false;
};

// object: a name, or an object form; dialect: of names, and of configs that don't tell.
// Throws Error{unsupported} naming an unknown class, Error{corrupt_file} for a bad config.
// floatx: the dtype of the learning rate, Keras' setting of that name.
OptimizerPtr make_optimizer(const Json& object, Dialect dialect = Dialect::keras_3,
                            DType floatx = DType::float32);
// The same optimizer, trained as far, as another family writes it. Throws Error{unsupported} where that
// family has no such optimizer or computes otherwise.
OptimizerPtr convert_optimizer(const Optimizer& optimizer, Dialect dialect);
// Its config, with the learning rate as it is now, and the object form, as its dialect writes them.
Json optimizer_config(const Optimizer& optimizer);
Json optimizer_json(const Optimizer& optimizer);

// Keras' `iterations`: an integer scalar; with accumulation it counts whole updates.
ir::Value iterations_of(keras::Lowering& lowering, const Optimizer& optimizer);
// The loss that is differentiated: times the loss scale.
ir::Value scale_loss(keras::Lowering& lowering, const Optimizer& optimizer, ir::Value loss);
// Assigns the variables and the optimizer's state. gradients: one per trained variable, null for none.
void apply_gradients(keras::Lowering& lowering, const Optimizer& optimizer, const ir::Values& gradients,
                     const Constrain& constrain = nullptr);

// The assignments that body makes to variables and optimizer's state count where condition holds.
void only_if(keras::Lowering& lowering, const Optimizer& optimizer, ir::Value condition,
             const std::function<void()>& body);

}  // namespace keratin::train

namespace keratin {
std::span<const train::OptimizerDef* const> registry_optimizers();
}
