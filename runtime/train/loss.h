// Losses: values per sample of targets and predictions, then one number. One file each in losses/.
// A loss object is read once from a name or an object form, then builds its part of any graph.
#pragma once

#include "runtime/train/configured.h"
#include "runtime/train/reduction.h"

namespace keratin::train {

// A row of the tests: config (with Keras' "reduction" and "dtype"), and data: y_true, y_pred and, where the
// case has them, weights and a mask. Data is "kind[shape]", see tools/goldens/losses.py.
struct LossCase {
  const char* config;
  const char* data;
  // |a - b| <= (relative |b| + scaled max|b|) eps
  double relative = 16, scaled = 16;
};

// What a loss is computed with, and the mask that it makes itself (ignored classes), or null.
struct LossContext {
  Flavour flavour = Flavour::keras3;
  ir::Value mask = {};
  bool keras3() const { return flavour == Flavour::keras3; }
};

struct LossDef {
  const char* class_name;  // null: a function alone
  const char* function_name;
  const char* default_name = nullptr;  // of an object, where that isn't the function's
  std::span<const char* const> aliases = {};
  bool casts_targets = true;  // to the dtype of y_pred; class numbers stay as they are
  std::span<const LossCase> cases = {};
  ConfigFunctions config = {};
  ir::Value (*values)(LossContext& cx, ir::Value y_true, ir::Value y_pred, const void* config) = nullptr;
};

template <class Config, ir::Value (*Values)(LossContext&, ir::Value, ir::Value, const Config&)>
constexpr LossDef define_loss(LossDef def) {
  def.config = config_functions<Config>();
  def.values = [](LossContext& cx, ir::Value y_true, ir::Value y_pred, const void* config) {
    return Values(cx, y_true, y_pred, *static_cast<const Config*>(config));
  };
  return def;
}

struct LossObject {
  const LossDef* def = nullptr;
  ConfigPtr config;
  Flavour flavour = Flavour::keras3;
  std::string name;
  std::optional<std::string> reduction = "sum_over_batch_size";  // none: as "none", but written null
  std::optional<DType> dtype;  // of the computation; Keras 3 alone: float32 unless told otherwise
  bool is_function = false;    // given by its name, and written so
  explicit operator bool() const { return def != nullptr; }
};

// identifier: a name ("mse", "MeanSquaredError"), an object form of any vintage, or null (no loss).
// Throws Error{unsupported} naming an unknown one, Error{corrupt_file} for a bad config.
LossObject make_loss(const Json& identifier, Flavour flavour = Flavour::keras3);
// The same where "crossentropy" and "ce" depend on the shapes.
LossObject make_loss(const Json& identifier, const ir::Type& y_true, const ir::Type& y_pred,
                     Flavour flavour = Flavour::keras3);
// A name or the object form, as compile_config has it.
Json loss_json(const LossObject& loss);
const LossDef* find_loss_def(std::string_view class_or_function);  // or null

// The function alone, as metrics call it: ranks and dtypes of y_true and y_pred are what Keras' function
// gets.
ir::Value call_function(const LossDef& def, LossContext& cx, ir::Value y_true, ir::Value y_pred,
                        const void* config);

// One value per sample (or per element of the leading axes), and the mask that the loss makes, or null.
struct LossValues {
  ir::Value values, mask;
};
LossValues loss_values(const LossObject& loss, ir::Value y_true, ir::Value y_pred);
// The scalar that is trained on; with the reduction "none" the weighted values. mask (of y_pred) and
// sample_weight may be null.
ir::Value call_loss(const LossObject& loss, ir::Value y_true, ir::Value y_pred, ir::Value sample_weight = {},
                    ir::Value mask = {});

}  // namespace keratin::train

namespace keratin {
std::span<const train::LossDef* const> registry_losses();
}
