// Writes the functional builders out of what the layers say about their configs:
//     generate_layers [--check] ROOT
// makes ROOT/runtime/include/keratin/layers.h and ROOT/runtime/api/layers.cc. Run it whenever a layer or one
// of its keys is added (`ninja generate_layers_now`). --check writes nothing; exit status 1: the files are
// stale.
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "keratin/error.h"
#include "runtime/keras/config.h"
#include "tools/generated.h"

namespace {

using keratin::keras::KeyDoc;
using keratin::keras::LayerDef;
using keratin::serialization::Json;

// Not built by name: Input, Model and Sequential of model.h do that; Lambda holds Python; LayerScale and
// StochasticDepth are of keras.applications; the others are of
// files older than Keras 3.
constexpr const char* left_out[] = {
    "InputLayer",         "Functional", "Sequential", "Lambda",          "Merge",   "LocallyConnected1D",
    "LocallyConnected2D", "Custom",     "LayerScale", "StochasticDepth", "AddLoss", "AddMetric"};

// How a key goes from the options struct into a config.
struct Member {
  std::string type, fallback, setter, comment;
};

std::string literal(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Whether the layer takes this value for the key; asked of the layer itself.
bool takes(const LayerDef& def, const std::vector<KeyDoc>& keys, const KeyDoc& asked, const Json& value) {
  Json config = Json(Json::Object{});
  for (const KeyDoc& key : keys)
    if (!key.required) config[key.key] = key.fallback;
  if (!def.cases.empty()) {
    const Json known = keratin::serialization::parse_json(def.cases[0].config, def.class_name);
    for (const auto& [key, given] : known.as_object()) config[key] = given;
  }
  config[asked.key] = value;
  try {
    Json left = config;
    def.read(config, left);
    return true;
  } catch (const keratin::Error&) {
    return false;
  }
}

// Types of single layers are JSON to the describers; here they show what they take.
std::string type_of(const LayerDef& def, const std::vector<KeyDoc>& keys, const KeyDoc& key) {
  if (key.type == "std::vector<Layer>") return key.type;
  if (key.type.find("std::vector") != std::string::npos) return "std::vector<std::int64_t>";
  if (key.type != "json") return key.type;
  if (key.fallback.is_string() && !takes(def, keys, key, 1)) return "std::string";
  const bool pairs =
      key.fallback.is_array() && !key.fallback.as_array().empty() && key.fallback.as_array()[0].is_array();
  if (pairs || takes(def, keys, key, "?")) return "json";
  if (takes(def, keys, key, 1.5)) {
    if (takes(def, keys, key, Json::Array{1.5})) return "json";
    return key.fallback.is_null() && !key.required ? "std::optional<double>" : "double";
  }
  return takes(def, keys, key, 1) ? "std::vector<std::int64_t>" : "json";
}

std::string list_literal(const Json& value) {
  if (value.is_null()) return "{}";
  if (!value.is_array()) return "{" + keratin::serialization::print_json(value) + "}";
  std::string text = "{";
  for (const Json& item : value.as_array())
    text += (text.size() > 1 ? ", " : "") + keratin::serialization::print_json(item);
  return text + "}";
}

Member member_of(const LayerDef& def, const std::vector<KeyDoc>& keys, const KeyDoc& key) {
  const bool null = key.fallback.is_null();
  const std::string type = type_of(def, keys, key);
  const std::string printed = null ? "{}" : keratin::serialization::print_json(key.fallback);
  const std::string text =
      null ? "{}" : literal(key.fallback.is_string() ? key.fallback.as_string() : printed);
  const char* required = key.required ? "required" : "";
  if (type == "std::vector<std::int64_t>")
    return {type, list_literal(key.fallback), takes(def, keys, key, 1) ? "sizes" : "list", required};
  if (type == "json")
    return {"std::string", null ? "{}" : literal(printed), "json", key.required ? "JSON, required" : "JSON"};
  if (type == "std::string") return {type, text, null && !key.required ? "text_or_null" : "text", required};
  if (type == "std::optional<std::string>") return {type, text, "text", required};
  return {type, printed, "set", required};
}

struct Texts {
  std::string header, source;
};

void add_layer(Texts& texts, const LayerDef& def) {
  const std::string name = def.class_name, options = name + "Options";
  const std::vector<KeyDoc> keys = def.document();
  bool any_required = false;
  texts.header += "struct " + options + " {\n";
  texts.source += "Layer " + name + "(const " + options + "& o) {\n  ConfigBuilder config;\n";
  for (const KeyDoc& key : keys) {
    const Member member = member_of(def, keys, key);
    any_required |= key.required;
    texts.header += "  " + member.type + " " + key.key + " = " + member.fallback + ";" +
                    (member.comment.empty() ? "" : "  // " + member.comment) + "\n";
    texts.source += "  config." + member.setter + "(\"" + key.key + "\", o." + key.key + ");\n";
  }
  texts.header +=
      "  std::string name = {};\n  std::string dtype = \"float32\";\n  bool trainable = true;\n};\n";
  texts.header += "KERATIN_API Layer " + name + "(const " + options + "& options" +
                  (any_required ? "" : " = {}") + ");\n\n";
  texts.source += "  return config.make(\"" + name + "\", o.name, o.dtype, o.trainable);\n}\n\n";
}

Texts generate() {
  const std::string note =
      "// Generated by tools/generate_layers from the layers' own descriptions. Don't edit.\n";
  Texts texts;
  texts.header =
      "// Keras' layers by name: layers::Dense({.units = 5, .activation = \"softmax\"})(x).\n"
      "// An empty name is chosen as Keras does. Lists: one number stands for every axis. JSON: any value, "
      "as text.\n" +
      note +
      "// clang-format off\n#pragma once\n\n#include <optional>\n#include <string>\n#include <vector>\n\n"
      "#include \"keratin/layer.h\"\n\nnamespace keratin {\ninline namespace v1 {\nnamespace layers {\n\n"
      "// Each throws Error{invalid_argument} for options that the layer can't take, some only when it is "
      "called\n"
      "// and knows its input.\n\n";
  texts.source =
      note +
      "// clang-format off\n#include \"keratin/layers.h\"\n\n#include \"runtime/api/layer_state.h\"\n\n"
      "namespace keratin {\ninline namespace v1 {\nnamespace layers {\n\n";
  std::set<std::string> skip(std::begin(left_out), std::end(left_out));
  for (const LayerDef* def : keratin::registry_layers())
    if (!skip.count(def->class_name) && def->document) add_layer(texts, *def);
  const std::string end = "}  // namespace layers\n}  // namespace v1\n}  // namespace keratin\n";
  texts.header += end;
  texts.source += end;
  return texts;
}

}  // namespace

int main(int argc, char** argv) {
  return keratin::tools::generated_main(argc, argv, "generate_layers", [] {
    Texts texts = generate();
    return keratin::tools::Files{{"runtime/include/keratin/layers.h", texts.header},
                                 {"runtime/api/layers.cc", texts.source}};
  });
}
