#include <sstream>

#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/tensorflow_functions.h"

namespace keratin {
namespace {

using namespace keras;

// A raw TensorFlow op as a node of a tf.keras model (TensorFlow 1.14 to 2.3).
struct Config {
  Json node_def, constants;

  template <class V>
  void describe(V& v) {
    v("node_def", node_def);
    v("constants", constants, Json(Json::Object{}));
  }
};

// inputs: the operation's names of the op's inputs; "*xs" takes all but those after it. attributes: "a=x".
struct RawOp {
  const char* name;
  const char* operation;
  const char* inputs;
  const char* attributes = "";
};
constexpr RawOp raw_ops[] = {
    {"Add", "Add", "x1 x2"},
    {"AddV2", "Add", "x1 x2"},
    {"BiasAdd", "Add", "x1 x2"},
    {"Sub", "Subtract", "x1 x2"},
    {"Mul", "Multiply", "x1 x2"},
    {"RealDiv", "Divide", "x1 x2"},
    {"FloorDiv", "FloorDivide", "x1 x2"},
    {"FloorMod", "Mod", "x1 x2"},
    {"Maximum", "Maximum", "x1 x2"},
    {"Minimum", "Minimum", "x1 x2"},
    {"Pow", "Power", "x1 x2"},
    {"SquaredDifference", "tf.squared_difference", "x y"},
    {"Equal", "Equal", "x1 x2"},
    {"NotEqual", "NotEqual", "x1 x2"},
    {"Less", "Less", "x1 x2"},
    {"LessEqual", "LessEqual", "x1 x2"},
    {"Greater", "Greater", "x1 x2"},
    {"GreaterEqual", "GreaterEqual", "x1 x2"},
    {"LogicalAnd", "LogicalAnd", "x1 x2"},
    {"LogicalOr", "LogicalOr", "x1 x2"},
    {"LogicalNot", "LogicalNot", "x"},
    {"Select", "Where", "condition x1 x2"},
    {"SelectV2", "Where", "condition x1 x2"},
    {"Identity", "Copy", "x"},
    {"Abs", "Absolute", "x"},
    {"Neg", "Negative", "x"},
    {"Sign", "Sign", "x"},
    {"Exp", "Exp", "x"},
    {"Log", "Log", "x"},
    {"Log1p", "Log1p", "x"},
    {"Sqrt", "Sqrt", "x"},
    {"Rsqrt", "Rsqrt", "x"},
    {"Square", "Square", "x"},
    {"Reciprocal", "Reciprocal", "x"},
    {"Floor", "Floor", "x"},
    {"Ceil", "Ceil", "x"},
    {"Round", "Round", "x"},
    {"Sin", "Sin", "x"},
    {"Cos", "Cos", "x"},
    {"Erf", "Erf", "x"},
    {"Tanh", "Tanh", "x"},
    {"Sigmoid", "Sigmoid", "x"},
    {"Softplus", "Softplus", "x"},
    {"Softsign", "Softsign", "x"},
    {"Relu", "Relu", "x"},
    {"Relu6", "Relu6", "x"},
    {"Elu", "Elu", "x"},
    {"Selu", "Selu", "x"},
    {"LeakyRelu", "LeakyRelu", "x", "alpha=negative_slope"},
    {"Softmax", "Softmax", "x"},
    {"LogSoftmax", "LogSoftmax", "x"},
    {"Sum", "Sum", "x axis", "keep_dims=keepdims"},
    {"Mean", "Mean", "x axis", "keep_dims=keepdims"},
    {"Max", "Max", "x axis", "keep_dims=keepdims"},
    {"Min", "Min", "x axis", "keep_dims=keepdims"},
    {"Prod", "Prod", "x axis", "keep_dims=keepdims"},
    {"ConcatV2", "Concatenate", "*xs axis"},
    {"Pack", "Stack", "*x", "axis=axis"},
    {"Reshape", "Reshape", "x newshape"},
    {"Transpose", "Transpose", "x axes"},
    {"ExpandDims", "ExpandDims", "x axis"},
    {"Squeeze", "Squeeze", "x", "squeeze_dims=axis"},
    {"Tile", "Tile", "x repeats"},
    {"GatherV2", "Take", "x indices axis"},
    {"Cast", "Cast", "x", "DstT=dtype"},
    {"MatMul", "tf.matmul", "a b", "transpose_a=transpose_a transpose_b=transpose_b"},
    {"BatchMatMulV2", "tf.matmul", "a b", "adj_x=transpose_a adj_y=transpose_b"},
    {"ArgMax", "tf.argmax", "input axis"},
};

// {"b": true}, {"i": "3"}, {"f": 0.5}, {"type": "DT_FLOAT"}, {"list": {"i": ["1"]}} as plain JSON.
Json plain(const Json& attribute) {
  for (const auto& [kind, value] : attribute.as_object()) {
    if (kind == "i") return value.is_string() ? Json(std::int64_t(std::stoll(value.as_string()))) : value;
    if (kind == "list") {
      Json::Array items;
      if (const Json* numbers = value.find("i"))
        for (const Json& item : numbers->as_array())
          items.push_back(item.is_string() ? Json(std::int64_t(std::stoll(item.as_string()))) : item);
      return items.empty() ? Json() : Json(std::move(items));
    }
    if (kind != "type") return value;
    constexpr std::pair<const char*, const char*> names[] = {
        {"DT_FLOAT", "float32"}, {"DT_DOUBLE", "float64"},   {"DT_HALF", "float16"},
        {"DT_INT32", "int32"},   {"DT_INT64", "int64"},      {"DT_BOOL", "bool"},
        {"DT_UINT8", "uint8"},   {"DT_BFLOAT16", "bfloat16"}};
    for (const auto& [name, dtype] : names)
      if (value.as_string() == name) return dtype;
  }
  return {};
}

// The op's inputs: constants at their places, the call's tensors at the others.
Argument::List inputs_of(LowerContext& cx, const Config& c) {
  const Json* names = c.node_def.find("input");
  const std::size_t count = names ? names->as_array().size() : 0;
  std::vector<Traced> tensors;
  for (const Argument& argument : cx.call.args) argument.flatten(tensors);
  Argument::List inputs;
  std::size_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (const Json* constant = c.constants.find(std::to_string(i))) {
      inputs.push_back({*constant});
      continue;
    }
    check(next < tensors.size(), ErrorCode::corrupt_file, "called on ", tensors.size(),
          " tensors, expected more");
    inputs.push_back({tensors[next++]});
  }
  return inputs;
}

Call call_of(LowerContext& cx, const Config& c, const RawOp& op) {
  const Argument::List inputs = inputs_of(cx, c);
  std::vector<std::string> names;
  std::istringstream words(op.inputs);
  for (std::string word; words >> word;) names.push_back(word);
  check(inputs.size() + 1 >= names.size(), ErrorCode::corrupt_file, op.name, " has ", inputs.size(),
        " inputs");
  Call call;
  std::size_t at = 0;
  for (std::size_t i = 0; i < names.size() && at < inputs.size(); ++i) {
    if (names[i][0] != '*') {
      call.kwargs.emplace_back(names[i], inputs[at++]);
      continue;
    }
    Argument::List several;
    while (at + (names.size() - i - 1) < inputs.size()) several.push_back(inputs[at++]);
    call.kwargs.emplace_back(names[i].substr(1), Argument{std::move(several)});
  }
  std::istringstream pairs(op.attributes);
  for (std::string word; pairs >> word;) {
    const std::size_t cut = word.find('=');
    const Json* attributes = c.node_def.find("attr");
    const Json* found = attributes ? attributes->find(word.substr(0, cut)) : nullptr;
    if (found) call.kwargs.emplace_back(word.substr(cut + 1), Argument{plain(*found)});
  }
  return call;
}

ir::Values lower(LowerContext& cx, const Config& c) {
  check(c.node_def.is_object(), ErrorCode::unsupported,
        "a node_def that is no JSON object is not supported: save the model with TensorFlow 2.4 or later");
  const std::string name = c.node_def.at("op").as_string();
  for (const RawOp& op : raw_ops) {
    if (name != op.name) continue;
    const Call call = call_of(cx, c, op);
    LowerContext inner(cx.lowering, cx.layer, call);
    return find_operation(op.operation)->lower(inner, Json(Json::Object{}));
  }
  fail(ErrorCode::unsupported, "the TensorFlow op ", name,
       " is not supported in a model's config: replace it by a layer, or register one with CustomObjects");
}

}  // namespace
extern const LayerDef layer_tensorflow_op_layer = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "TensorFlowOpLayer", .masking = Masking::drops, .in_keras_3 = false});
}  // namespace keratin
