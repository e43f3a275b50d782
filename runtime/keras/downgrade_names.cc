#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/keras/activation.h"
#include "runtime/keras/downgrade.h"
#include "runtime/keras/upgrade.h"

namespace keratin::keras {
namespace {

// Classes that tf.keras doesn't have, of those that we have.
constexpr std::string_view unknown_classes[] = {"AdaptiveAveragePooling1D",
                                                "AdaptiveAveragePooling2D",
                                                "AdaptiveAveragePooling3D",
                                                "AdaptiveMaxPooling1D",
                                                "AdaptiveMaxPooling2D",
                                                "AdaptiveMaxPooling3D",
                                                "GroupQueryAttention",
                                                "LayerScale",
                                                "Merge",
                                                "RMSNormalization",
                                                "ReversibleEmbedding",
                                                "StochasticDepth"};

// A key of Keras 3 that tf.keras doesn't know, or knows by another name; or one that it wants.
struct Key {
  std::string_view class_name;  // "" for all
  const char* key;              // null: tf.keras alone has it
  const char* old_key;          // null: left out
  // JSON: what the key may be to be left out, "" for anything; or what tf.keras gets.
  const char* value = "";
};
constexpr Key keys[] = {
    {"", "quantization_config", nullptr, "null"},
    {"", "lora_rank", nullptr, "null"},
    {"", "lora_alpha", nullptr, "null"},
    {"InputLayer", "batch_shape", "batch_input_shape"},
    {"InputLayer", "optional", nullptr, "false"},
    {"LeakyReLU", "negative_slope", "alpha"},
    {"LayerNormalization", "rms_scaling", nullptr, "false"},
    {"BatchNormalization", "renorm", nullptr, "false"},
    {"BatchNormalization", "renorm_clipping", nullptr, "null"},
    {"BatchNormalization", "renorm_momentum", nullptr},
    {"CenterCrop", "data_format", nullptr, "\"channels_last\""},
    {"ZeroPadding1D", "data_format", nullptr, "\"channels_last\""},
    {"Resizing", "data_format", nullptr, "\"channels_last\""},
    {"Resizing", "pad_to_aspect_ratio", nullptr, "false"},
    {"Resizing", "fill_mode", nullptr},
    {"Resizing", "fill_value", nullptr},
    {"Resizing", "antialias", nullptr, "false"},
    {"MultiHeadAttention", "use_gate", nullptr, "false"},
    {"MultiHeadAttention", "sliding_window", nullptr, "null"},
    {"MultiHeadAttention", "flash_attention", nullptr},
    {"MultiHeadAttention", "seed", nullptr},
    {"MultiHeadAttention", nullptr, "query_shape", "null"},
    {"MultiHeadAttention", nullptr, "key_shape", "null"},
    {"MultiHeadAttention", nullptr, "value_shape", "null"},
    {"Attention", "seed", nullptr},
    {"AdditiveAttention", "seed", nullptr},
    {"AlphaDropout", "noise_shape", nullptr, "null"},
    {"SimpleRNN", "seed", nullptr},
    {"LSTM", "seed", nullptr},
    {"GRU", "seed", nullptr},
    {"SimpleRNNCell", "seed", nullptr},
    {"LSTMCell", "seed", nullptr},
    {"GRUCell", "seed", nullptr},
    {"ConvLSTM1D", "seed", nullptr},
    {"ConvLSTM2D", "seed", nullptr},
    {"ConvLSTM3D", "seed", nullptr},
};

// Functions that are called and compute the same in both.
constexpr std::string_view shared_activations[] = {
    "elu",     "exponential", "gelu",     "linear",   "mish",  "relu", "selu",
    "sigmoid", "softmax",     "softplus", "softsign", "swish", "tanh"};

bool may_be_left_out(const Json& value, const char* allowed) {
  if (!*allowed || value.is_null()) return true;
  return value == serialization::parse_json(allowed, "table");
}

void downgrade_keys(const std::string& class_name, Json& config) {
  Json::Object made;
  for (auto& [key, value] : config.as_object()) {
    const auto row = std::find_if(std::begin(keys), std::end(keys), [&, &k = key](const Key& r) {
      return r.key && k == r.key && (r.class_name.empty() || r.class_name == class_name);
    });
    if (row == std::end(keys)) {
      made.emplace_back(key, std::move(value));
    } else if (row->old_key) {
      made.emplace_back(row->old_key, std::move(value));
    } else {
      check(may_be_left_out(value, row->value), ErrorCode::unsupported, "tf_keras has no \"", key,
            "\", which is ", serialization::print_json(value).substr(0, 80),
            " here; save in Keras 3's flavour");
    }
  }
  for (const Key& row : keys)
    if (!row.key && row.class_name == class_name)
      made.emplace_back(row.old_key, serialization::parse_json(row.value, row.old_key));
  config = std::move(made);
}

// Keys that the layer itself doesn't know are of a newer Keras 3, and say nothing.
void drop_unknown(const LayerDef& def, Json& config) {
  if (!def.read || config.find("layers")) return;
  Json left = config;
  def.read(config, left);
  for (const auto& [key, value] : left.as_object())
    if (key != "name" && key != "trainable" && key != "dtype") config.erase(key);
}

void downgrade_activation(Json& value) {
  if (!value.is_string()) {
    check(value.is_null() || !value.find("module") || value.at("class_name") == Json("function"),
          ErrorCode::unsupported, "its activation is an object of Keras 3, which tf_keras can't read");
    return;
  }
  const std::string name = value.as_string();
  if (name == hard_sigmoid_keras_2) {
    value = "hard_sigmoid";
  } else if (name == "silu") {
    value = "swish";
  } else if (find_activation(name)) {  // others are the user's
    const bool shared = std::find(std::begin(shared_activations), std::end(shared_activations), name) !=
                        std::end(shared_activations);
    check(shared, ErrorCode::unsupported, "tf_keras has no activation \"", name, "\"",
          name == "hard_sigmoid" ? " of Keras 3's kind" : "", "; save in Keras 3's flavour");
  }
}

void downgrade_initializer(Json& value) {
  Json* config = value.find("config");
  if (!config || !config->is_object()) return;
  for (const char* key : {"input_axes", "output_axes"}) {
    const Json* found = config->find(key);
    if (!found) continue;
    check(found->is_null(), ErrorCode::unsupported, "tf_keras' initializers have no \"", key, "\"");
    config->erase(key);
  }
}

void downgrade_values(Json& config) {
  for (auto& [key, value] : config.as_object()) {
    if (key.ends_with("initializer")) downgrade_initializer(value);
    if (key == "activation" || key == "recurrent_activation") downgrade_activation(value);
    if (const Json* policy = key == "dtype" ? value.find("config") : nullptr) value = policy->at("name");
  }
}

}  // namespace

void downgrade_names(Json& object) {
  const std::string class_name = object.at("class_name").as_string();
  const Json* module = object.find("module");
  const bool operation = module && module->is_string() && module->as_string().starts_with("keras.src.ops");
  const LayerDef* def = operation ? nullptr : find_layer_def(class_name);
  const bool unknown = std::find(std::begin(unknown_classes), std::end(unknown_classes), class_name) !=
                       std::end(unknown_classes);
  check(def && !unknown, ErrorCode::unsupported, "tf_keras has no ", operation ? "operation " : "class ",
        class_name, "; save in Keras 3's flavour");
  check(class_name != "Lambda", ErrorCode::unsupported, "a Lambda's function isn't written for tf_keras");
  Json& config = object["config"];
  drop_unknown(*def, config);
  downgrade_keys(class_name, config);
  downgrade_values(config);
  const Json* function = config.find("function");
  if (class_name == "TFOpLambda" && function && *function == Json("__operators__.getitem"))
    object["class_name"] = "SlicingOpLambda";
}

}  // namespace keratin::keras
