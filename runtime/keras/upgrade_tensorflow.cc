// Nodes of TensorFlow functions in models of tf.keras, as nodes of keras.ops.
#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/keras/upgrade.h"

namespace keratin::keras {
namespace {

struct Keyword {
  const char* old_name;
  const char* name;
  Json (*convert)(const Json&) = nullptr;  // null: as it is
};

// A function, its keras.ops class, and what its arguments after the first are called there.
// Arguments that aren't named, and don't say anything, are left out; others are refused.
struct Function {
  const char* name;
  const char* class_name;
  std::vector<Keyword> keywords;
};

Json lower_case(const Json& value) {
  std::string text = value.as_string();
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// Sizes of the parts are places between them in keras.ops.
Json places_of_sizes(const Json& value) {
  if (!value.is_array()) return value;
  Json::Array places;
  std::int64_t at = 0;
  for (const Json& size : value.as_array()) {
    check(size.as_integer() >= 0, ErrorCode::unsupported,
          "a split into a part of unknown size is not supported");
    places.push_back(at += size.as_integer());
  }
  if (!places.empty()) places.pop_back();
  return places;
}

const std::vector<Function>& functions() {
  static const std::vector<Function> rows = [] {
    const std::vector<Keyword> second = {{"y", "x2"}}, none,
                               reduction = {{"axis", "axis"}, {"keepdims", "keepdims"}},
                               axis = {{"axis", "axis"}};
    std::vector<Function> made;
    auto all = [&](const std::vector<Keyword>& keywords,
                   std::initializer_list<std::pair<const char*, const char*>> pairs) {
      for (const auto& [name, class_name] : pairs) made.push_back({name, class_name, keywords});
    };
    all(second, {{"__operators__.add", "Add"},
                 {"math.add", "Add"},
                 {"math.subtract", "Subtract"},
                 {"math.multiply", "Multiply"},
                 {"math.divide", "TrueDivide"},
                 {"math.truediv", "TrueDivide"},
                 {"math.divide_no_nan", "DivideNoNan"},
                 {"math.floordiv", "FloorDivide"},
                 {"math.floormod", "Mod"},
                 {"math.mod", "Mod"},
                 {"math.pow", "Power"},
                 {"math.maximum", "Maximum"},
                 {"math.minimum", "Minimum"},
                 {"math.atan2", "Arctan2"},
                 {"__operators__.eq", "Equal"},
                 {"__operators__.ne", "NotEqual"},
                 {"math.equal", "Equal"},
                 {"math.not_equal", "NotEqual"},
                 {"math.less", "Less"},
                 {"math.less_equal", "LessEqual"},
                 {"math.greater", "Greater"},
                 {"math.greater_equal", "GreaterEqual"},
                 {"math.logical_and", "LogicalAnd"},
                 {"math.logical_or", "LogicalOr"},
                 {"math.logical_xor", "LogicalXor"}});
    all(none, {{"math.abs", "Absolute"},
               {"math.negative", "Negative"},
               {"math.square", "Square"},
               {"math.sqrt", "Sqrt"},
               {"math.rsqrt", "Rsqrt"},
               {"math.reciprocal", "Reciprocal"},
               {"math.exp", "Exp"},
               {"math.expm1", "Expm1"},
               {"math.log", "Log"},
               {"math.log1p", "Log1p"},
               {"math.sin", "Sin"},
               {"math.cos", "Cos"},
               {"math.tan", "Tan"},
               {"math.tanh", "Tanh"},
               {"math.sigmoid", "Sigmoid"},
               {"math.log_sigmoid", "LogSigmoid"},
               {"math.softplus", "Softplus"},
               {"math.floor", "Floor"},
               {"math.ceil", "Ceil"},
               {"math.round", "Round"},
               {"math.sign", "Sign"},
               {"math.erf", "Erf"},
               {"math.logical_not", "LogicalNot"},
               {"math.is_nan", "Isnan"},
               {"math.is_inf", "Isinf"},
               {"math.is_finite", "Isfinite"},
               {"nn.relu", "Relu"},
               {"nn.relu6", "Relu6"},
               {"nn.elu", "Elu"},
               {"nn.selu", "Selu"},
               {"nn.silu", "Silu"},
               {"nn.softsign", "Softsign"},
               {"identity", "Copy"},
               {"stop_gradient", "StopGradient"},
               {"zeros_like", "ZerosLike"},
               {"ones_like", "OnesLike"}});
    all(reduction, {{"math.reduce_mean", "Mean"},
                    {"math.reduce_sum", "Sum"},
                    {"math.reduce_max", "Max"},
                    {"math.reduce_min", "Min"},
                    {"math.reduce_prod", "Prod"},
                    {"math.reduce_any", "Any"},
                    {"math.reduce_all", "All"},
                    {"math.reduce_std", "Std"},
                    {"math.reduce_variance", "Var"},
                    {"math.reduce_logsumexp", "Logsumexp"}});
    all(axis, {{"nn.softmax", "Softmax"},
               {"nn.log_softmax", "LogSoftmax"},
               {"concat", "Concatenate"},
               {"stack", "Stack"},
               {"expand_dims", "ExpandDims"},
               {"squeeze", "Squeeze"},
               {"math.cumsum", "Cumsum"},
               {"reverse", "Flip"}});
    const std::vector<Function> others = {
        {"__operators__.getitem", "GetItem", {{"slice_spec", "key"}}},
        {"nn.gelu", "Gelu", {{"approximate", "approximate"}}},
        {"nn.leaky_relu", "LeakyRelu", {{"alpha", "negative_slope"}}},
        {"reshape", "Reshape", {{"shape", "newshape"}}},
        {"transpose", "Transpose", {{"perm", "axes"}}},
        {"compat.v1.transpose", "Transpose", {{"perm", "axes"}}},
        {"linalg.matmul", "Matmul", {{"b", "x2"}}},
        {"cast", "Cast", {{"dtype", "dtype"}}},
        {"clip_by_value", "Clip", {{"clip_value_min", "x_min"}, {"clip_value_max", "x_max"}}},
        {"tile", "Tile", {{"multiples", "repeats"}}},
        {"repeat", "Repeat", {{"repeats", "repeats"}, {"axis", "axis"}}},
        {"broadcast_to", "BroadcastTo", {{"shape", "shape"}}},
        {"split",
         "Split",
         {{"num_or_size_splits", "indices_or_sections", places_of_sizes}, {"axis", "axis"}}},
        {"pad",
         "Pad",
         {{"paddings", "pad_width"}, {"mode", "mode", lower_case}, {"constant_values", "constant_values"}}},
        {"where", "Where", {{"x", "x1"}, {"y", "x2"}}},
        {"nn.depth_to_space", "DepthToSpace", {{"block_size", "block_size"}}},
    };
    made.insert(made.end(), others.begin(), others.end());
    return made;
  }();
  return rows;
}

// TensorFlow's own ops: their inputs' names in order, then attributes.
struct RawOp {
  const char* name;
  const char* class_name;
  std::vector<const char*> inputs;
  std::vector<Keyword> attributes;
};

const std::vector<RawOp>& raw_ops() {
  static const std::vector<RawOp> rows = [] {
    std::vector<RawOp> made;
    for (const auto& [name, class_name] : {std::pair{"Add", "Add"},
                                           {"AddV2", "Add"},
                                           {"Sub", "Subtract"},
                                           {"Mul", "Multiply"},
                                           {"RealDiv", "TrueDivide"},
                                           {"FloorDiv", "FloorDivide"},
                                           {"FloorMod", "Mod"},
                                           {"Pow", "Power"},
                                           {"Maximum", "Maximum"},
                                           {"Minimum", "Minimum"},
                                           {"MatMul", "Matmul"},
                                           {"BatchMatMul", "Matmul"},
                                           {"BatchMatMulV2", "Matmul"},
                                           {"Equal", "Equal"},
                                           {"NotEqual", "NotEqual"},
                                           {"Less", "Less"},
                                           {"LessEqual", "LessEqual"},
                                           {"Greater", "Greater"},
                                           {"GreaterEqual", "GreaterEqual"},
                                           {"LogicalAnd", "LogicalAnd"},
                                           {"LogicalOr", "LogicalOr"}})
      made.push_back({name, class_name, {"x1", "x2"}, {}});
    for (const char* name :
         {"Square", "Sqrt",  "Rsqrt", "Exp",  "Log",        "Log1p",        "Abs",       "Sigmoid", "Tanh",
          "Relu",   "Relu6", "Elu",   "Selu", "Softplus",   "Softsign",     "Softmax",   "Sin",     "Cos",
          "Floor",  "Ceil",  "Round", "Sign", "Reciprocal", "StopGradient", "LogicalNot"})
      made.push_back({name, name, {"x"}, {}});
    made.push_back({"Neg", "Negative", {"x"}, {}});
    made.push_back({"Identity", "Copy", {"x"}, {}});
    for (const char* name : {"Mean", "Sum", "Max", "Min", "Prod", "Any", "All"})
      made.push_back({name, name, {"x", "axis"}, {{"keep_dims", "keepdims"}}});
    made.push_back({"Reshape", "Reshape", {"x", "newshape"}, {}});
    made.push_back({"Transpose", "Transpose", {"x", "axes"}, {}});
    made.push_back({"ExpandDims", "ExpandDims", {"x", "axis"}, {}});
    made.push_back({"Tile", "Tile", {"x", "repeats"}, {}});
    return made;
  }();
  return rows;
}

void become(Upgrade& upgrade, Json& entry, const std::string& old_name, const char* class_name) {
  const std::string name = name_of_entry(entry);
  upgrade.converted("TensorFlow", cat(old_name, " is keras.ops' ", class_name));
  Json config;
  config["name"] = name;
  entry["module"] = "keras.src.ops.numpy";
  entry["class_name"] = class_name;
  entry["config"] = std::move(config);
  entry["registered_name"] = class_name;
  entry["name"] = name;
}

Json renamed_kwargs(const Json& kwargs, const std::vector<Keyword>& keywords) {
  Json made = Json(Json::Object{});
  for (const auto& [key, value] : kwargs.as_object()) {
    const auto row = std::find_if(keywords.begin(), keywords.end(),
                                  [&](const Keyword& keyword) { return key == keyword.old_name; });
    if (row != keywords.end()) {
      if (!value.is_null()) made[row->name] = row->convert ? row->convert(value) : value;
    } else {
      check(key == "name" || !value.truthy(), ErrorCode::unsupported, "argument \"", key,
            "\" is not supported");
    }
  }
  return made;
}

void upgrade_function(Upgrade& upgrade, Json& entry) {
  const std::string name = entry.at("config").at("function").as_string();
  const auto row = std::find_if(functions().begin(), functions().end(),
                                [&](const Function& function) { return name == function.name; });
  check(row != functions().end(), ErrorCode::unsupported, "the function tf.", name, " is not supported");
  for (Json& node : entry["inbound_nodes"].as_array())
    node["kwargs"] = renamed_kwargs(node.at("kwargs"), row->keywords);
  become(upgrade, entry, "tf." + name, row->class_name);
}

// The attributes that matter, as keywords: {"keep_dims": {"b": true}}.
Json raw_attributes(const Json& node_def, const std::vector<Keyword>& attributes) {
  Json kwargs = Json(Json::Object{});
  const Json* attrs = node_def.find("attr");
  if (!attrs) return kwargs;
  for (const auto& [key, value] : attrs->as_object()) {
    const auto row = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const Keyword& keyword) { return key == keyword.old_name; });
    const Json* flag = value.find("b");
    if (row != attributes.end() && flag) kwargs[row->name] = *flag;
    check(row != attributes.end() || !flag || !flag->truthy(), ErrorCode::unsupported, "attribute \"", key,
          "\" is not supported");
  }
  return kwargs;
}

// A call's tensors and the constants take the op's inputs in turn.
Json raw_call(const Json& node, const Json& config, const RawOp& op) {
  Json kwargs = raw_attributes(config.at("node_def"), op.attributes);
  const Json::Array& args = node.at("args").as_array();
  Json::Array tensors;
  for (const Json& arg : args)
    if (arg.is_array())
      tensors.insert(tensors.end(), arg.as_array().begin(), arg.as_array().end());
    else
      tensors.push_back(arg);
  const Json* constants = config.find("constants");
  Json::Array inputs;
  std::size_t next = 0;
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    const Json* constant = constants ? constants->find(std::to_string(i)) : nullptr;
    check(constant || next < tensors.size(), ErrorCode::corrupt_file, "input ", i, " of ", op.name,
          " is neither a tensor nor a constant");
    kwargs[op.inputs[i]] = constant ? *constant : tensors[next++];
  }
  check(next == tensors.size(), ErrorCode::corrupt_file, op.name, " is called on ", tensors.size(),
        " tensors");
  // the first input stays in its place
  Json call;
  call["args"] = Json(Json::Array{kwargs.at(op.inputs[0])});
  kwargs.erase(op.inputs[0]);
  call["kwargs"] = std::move(kwargs);
  return call;
}

void upgrade_raw_op(Upgrade& upgrade, Json& entry) {
  const Json config = entry.at("config");
  const Json& node_def = config.at("node_def");
  check(node_def.is_object(), ErrorCode::unsupported, "its node_def is text, which is not supported");
  const std::string name = node_def.at("op").as_string();
  const auto op =
      std::find_if(raw_ops().begin(), raw_ops().end(), [&](const RawOp& row) { return name == row.name; });
  check(op != raw_ops().end(), ErrorCode::unsupported, "TensorFlow's op ", name, " is not supported");
  for (Json& node : entry["inbound_nodes"].as_array()) node = raw_call(node, config, *op);
  become(upgrade, entry, name, op->class_name);
}

}  // namespace

void upgrade_tensorflow(Upgrade& upgrade, Json& entry) {
  const std::string& kind = entry.at("class_name").as_string();
  if (!entry.find("inbound_nodes")) return;
  const bool function = kind == "TFOpLambda" || kind == "SlicingOpLambda";
  if (!function && kind != "TensorFlowOpLayer") return;
  within(cat(kind, " \"", name_of_entry(entry), "\""),
         [&] { function ? upgrade_function(upgrade, entry) : upgrade_raw_op(upgrade, entry); });
}

}  // namespace keratin::keras
