#include "runtime/keras/tensorflow_functions.h"

#include <sstream>

#include "runtime/core/error.h"

namespace keratin::keras {
namespace {

constexpr TensorflowFunction functions[] = {
    {"math.add", "Add", "x=x1 y=x2"},
    {"add", "Add", "x=x1 y=x2"},
    {"__operators__.add", "Add", "x=x1 y=x2"},
    {"math.subtract", "Subtract", "x=x1 y=x2"},
    {"subtract", "Subtract", "x=x1 y=x2"},
    {"__operators__.sub", "Subtract", "x=x1 y=x2"},
    {"math.multiply", "Multiply", "x=x1 y=x2"},
    {"multiply", "Multiply", "x=x1 y=x2"},
    {"__operators__.mul", "Multiply", "x=x1 y=x2"},
    {"math.divide", "Divide", "x=x1 y=x2"},
    {"divide", "Divide", "x=x1 y=x2"},
    {"math.truediv", "Divide", "x=x1 y=x2"},
    {"truediv", "Divide", "x=x1 y=x2"},
    {"__operators__.truediv", "Divide", "x=x1 y=x2"},
    {"math.divide_no_nan", "DivideNoNan", "x=x1 y=x2"},
    {"math.floordiv", "FloorDivide", "x=x1 y=x2"},
    {"math.floor_div", "FloorDivide", "x=x1 y=x2"},
    {"__operators__.floordiv", "FloorDivide", "x=x1 y=x2"},
    {"math.floormod", "Mod", "x=x1 y=x2"},
    {"math.mod", "Mod", "x=x1 y=x2"},
    {"__operators__.mod", "Mod", "x=x1 y=x2"},
    {"math.pow", "Power", "x=x1 y=x2"},
    {"pow", "Power", "x=x1 y=x2"},
    {"__operators__.pow", "Power", "x=x1 y=x2"},
    {"math.maximum", "Maximum", "x=x1 y=x2"},
    {"maximum", "Maximum", "x=x1 y=x2"},
    {"math.minimum", "Minimum", "x=x1 y=x2"},
    {"minimum", "Minimum", "x=x1 y=x2"},
    {"math.atan2", "Arctan2", "y=x1 x=x2"},
    {"math.equal", "Equal", "x=x1 y=x2"},
    {"equal", "Equal", "x=x1 y=x2"},
    {"__operators__.eq", "Equal", "x=x1 y=x2"},
    {"math.not_equal", "NotEqual", "x=x1 y=x2"},
    {"not_equal", "NotEqual", "x=x1 y=x2"},
    {"__operators__.ne", "NotEqual", "x=x1 y=x2"},
    {"math.less", "Less", "x=x1 y=x2"},
    {"less", "Less", "x=x1 y=x2"},
    {"__operators__.lt", "Less", "x=x1 y=x2"},
    {"math.less_equal", "LessEqual", "x=x1 y=x2"},
    {"less_equal", "LessEqual", "x=x1 y=x2"},
    {"__operators__.le", "LessEqual", "x=x1 y=x2"},
    {"math.greater", "Greater", "x=x1 y=x2"},
    {"greater", "Greater", "x=x1 y=x2"},
    {"__operators__.gt", "Greater", "x=x1 y=x2"},
    {"math.greater_equal", "GreaterEqual", "x=x1 y=x2"},
    {"greater_equal", "GreaterEqual", "x=x1 y=x2"},
    {"__operators__.ge", "GreaterEqual", "x=x1 y=x2"},
    {"math.logical_and", "LogicalAnd", "x=x1 y=x2"},
    {"logical_and", "LogicalAnd", "x=x1 y=x2"},
    {"math.logical_or", "LogicalOr", "x=x1 y=x2"},
    {"logical_or", "LogicalOr", "x=x1 y=x2"},
    {"math.logical_not", "LogicalNot", "x=x"},
    {"logical_not", "LogicalNot", "x=x"},
    {"nn.bias_add", "Add", "value=x1 bias=x2"},
    {"math.abs", "Absolute", "x=x features=x"},
    {"abs", "Absolute", "x=x features=x"},
    {"math.negative", "Negative", "x=x features=x"},
    {"negative", "Negative", "x=x features=x"},
    {"math.sign", "Sign", "x=x features=x"},
    {"sign", "Sign", "x=x features=x"},
    {"math.square", "Square", "x=x features=x"},
    {"square", "Square", "x=x features=x"},
    {"math.sqrt", "Sqrt", "x=x features=x"},
    {"sqrt", "Sqrt", "x=x features=x"},
    {"math.rsqrt", "Rsqrt", "x=x features=x"},
    {"rsqrt", "Rsqrt", "x=x features=x"},
    {"math.reciprocal", "Reciprocal", "x=x features=x"},
    {"reciprocal", "Reciprocal", "x=x features=x"},
    {"math.floor", "Floor", "x=x features=x"},
    {"floor", "Floor", "x=x features=x"},
    {"math.ceil", "Ceil", "x=x features=x"},
    {"ceil", "Ceil", "x=x features=x"},
    {"math.exp", "Exp", "x=x features=x"},
    {"exp", "Exp", "x=x features=x"},
    {"math.expm1", "Expm1", "x=x features=x"},
    {"expm1", "Expm1", "x=x features=x"},
    {"math.log", "Log", "x=x features=x"},
    {"log", "Log", "x=x features=x"},
    {"math.log1p", "Log1p", "x=x features=x"},
    {"log1p", "Log1p", "x=x features=x"},
    {"math.sin", "Sin", "x=x features=x"},
    {"sin", "Sin", "x=x features=x"},
    {"math.cos", "Cos", "x=x features=x"},
    {"cos", "Cos", "x=x features=x"},
    {"math.tan", "Tan", "x=x features=x"},
    {"tan", "Tan", "x=x features=x"},
    {"math.asin", "Arcsin", "x=x features=x"},
    {"asin", "Arcsin", "x=x features=x"},
    {"math.acos", "Arccos", "x=x features=x"},
    {"acos", "Arccos", "x=x features=x"},
    {"math.atan", "Arctan", "x=x features=x"},
    {"atan", "Arctan", "x=x features=x"},
    {"math.sinh", "Sinh", "x=x features=x"},
    {"sinh", "Sinh", "x=x features=x"},
    {"math.cosh", "Cosh", "x=x features=x"},
    {"cosh", "Cosh", "x=x features=x"},
    {"math.tanh", "Tanh", "x=x features=x"},
    {"tanh", "Tanh", "x=x features=x"},
    {"math.asinh", "Arcsinh", "x=x features=x"},
    {"asinh", "Arcsinh", "x=x features=x"},
    {"math.acosh", "Arccosh", "x=x features=x"},
    {"acosh", "Arccosh", "x=x features=x"},
    {"math.atanh", "Arctanh", "x=x features=x"},
    {"atanh", "Arctanh", "x=x features=x"},
    {"math.erf", "Erf", "x=x features=x"},
    {"erf", "Erf", "x=x features=x"},
    {"math.is_nan", "Isnan", "x=x features=x"},
    {"is_nan", "Isnan", "x=x features=x"},
    {"math.is_inf", "Isinf", "x=x features=x"},
    {"is_inf", "Isinf", "x=x features=x"},
    {"math.is_finite", "Isfinite", "x=x features=x"},
    {"is_finite", "Isfinite", "x=x features=x"},
    {"math.sigmoid", "Sigmoid", "x=x features=x"},
    {"sigmoid", "Sigmoid", "x=x features=x"},
    {"math.softplus", "Softplus", "x=x features=x"},
    {"softplus", "Softplus", "x=x features=x"},
    {"round", "Round", "x=x"},
    {"math.round", "Round", "x=x"},
    {"identity", "Copy", "input=x"},
    {"stop_gradient", "StopGradient", "input=variable"},
    {"zeros_like", "ZerosLike", "input=x dtype=dtype"},
    {"ones_like", "OnesLike", "input=x dtype=dtype"},
    {"nn.relu", "Relu", "features=x x=x"},
    {"nn.relu6", "Relu6", "features=x x=x"},
    {"nn.selu", "Selu", "features=x x=x"},
    {"nn.elu", "Elu", "features=x x=x"},
    {"nn.softsign", "Softsign", "features=x x=x"},
    {"nn.sigmoid", "Sigmoid", "features=x x=x"},
    {"nn.tanh", "Tanh", "features=x x=x"},
    {"nn.silu", "Silu", "features=x x=x"},
    {"nn.swish", "Silu", "features=x x=x"},
    {"nn.softplus", "Softplus", "features=x x=x"},
    {"nn.leaky_relu", "LeakyRelu", "features=x alpha=negative_slope"},
    {"nn.gelu", "Gelu", "features=x approximate=approximate", R"({"approximate": false})"},
    {"nn.softmax", "Softmax", "logits=x axis=axis"},
    {"nn.log_softmax", "LogSoftmax", "logits=x axis=axis"},
    {"math.reduce_sum", "Sum", "input_tensor=x axis=axis keepdims=keepdims"},
    {"reduce_sum", "Sum", "input_tensor=x axis=axis keepdims=keepdims"},
    {"math.reduce_mean", "Mean", "input_tensor=x axis=axis keepdims=keepdims"},
    {"reduce_mean", "Mean", "input_tensor=x axis=axis keepdims=keepdims"},
    {"math.reduce_max", "Max", "input_tensor=x axis=axis keepdims=keepdims"},
    {"reduce_max", "Max", "input_tensor=x axis=axis keepdims=keepdims"},
    {"math.reduce_min", "Min", "input_tensor=x axis=axis keepdims=keepdims"},
    {"reduce_min", "Min", "input_tensor=x axis=axis keepdims=keepdims"},
    {"math.reduce_prod", "Prod", "input_tensor=x axis=axis keepdims=keepdims"},
    {"reduce_prod", "Prod", "input_tensor=x axis=axis keepdims=keepdims"},
    {"math.reduce_any", "Any", "input_tensor=x axis=axis keepdims=keepdims"},
    {"reduce_any", "Any", "input_tensor=x axis=axis keepdims=keepdims"},
    {"math.reduce_all", "All", "input_tensor=x axis=axis keepdims=keepdims"},
    {"reduce_all", "All", "input_tensor=x axis=axis keepdims=keepdims"},
    {"math.reduce_std", "Std", "input_tensor=x axis=axis keepdims=keepdims"},
    {"reduce_std", "Std", "input_tensor=x axis=axis keepdims=keepdims"},
    {"math.reduce_variance", "Var", "input_tensor=x axis=axis keepdims=keepdims"},
    {"reduce_variance", "Var", "input_tensor=x axis=axis keepdims=keepdims"},
    {"math.reduce_logsumexp", "Logsumexp", "input_tensor=x axis=axis keepdims=keepdims"},
    {"reduce_logsumexp", "Logsumexp", "input_tensor=x axis=axis keepdims=keepdims"},
    {"math.cumsum", "Cumsum", "x=x axis=axis", R"({"axis": 0})"},
    {"cumsum", "Cumsum", "x=x axis=axis", R"({"axis": 0})"},
    {"math.argmax", "tf.argmax", "input=input axis=axis"},
    {"argmax", "tf.argmax", "input=input axis=axis"},
    {"math.argmin", "tf.argmin", "input=input axis=axis"},
    {"argmin", "tf.argmin", "input=input axis=axis"},
    {"concat", "Concatenate", "values=xs axis=axis"},
    {"stack", "Stack", "values=x axis=axis"},
    {"unstack", "Unstack", "value=x num=num axis=axis"},
    {"split", "tf.split", "value=value num_or_size_splits=num_or_size_splits axis=axis"},
    {"reshape", "Reshape", "tensor=x shape=newshape"},
    {"expand_dims", "ExpandDims", "input=x axis=axis"},
    {"squeeze", "Squeeze", "input=x axis=axis"},
    {"compat.v1.squeeze", "Squeeze", "input=x axis=axis"},
    {"transpose", "Transpose", "a=x perm=axes"},
    {"compat.v1.transpose", "Transpose", "a=x perm=axes"},
    {"tile", "Tile", "input=x multiples=repeats"},
    {"repeat", "Repeat", "input=x repeats=repeats axis=axis"},
    {"reverse", "Flip", "tensor=x axis=axis"},
    {"roll", "Roll", "input=x shift=shift axis=axis"},
    {"broadcast_to", "BroadcastTo", "input=x shape=shape"},
    {"gather", "Take", "params=x indices=indices axis=axis", R"({"axis": 0})"},
    {"compat.v1.gather", "Take", "params=x indices=indices axis=axis", R"({"axis": 0})"},
    {"cast", "Cast", "x=x dtype=dtype"},
    {"clip_by_value", "Clip", "t=x clip_value_min=x_min clip_value_max=x_max"},
    {"where", "Where", "condition=condition x=x1 y=x2"},
    {"compat.v1.where", "Where", "condition=condition x=x1 y=x2"},
    {"linalg.matmul", "tf.matmul", "a=a b=b"},
    {"matmul", "tf.matmul", "a=a b=b"},
    {"tensordot", "Tensordot", "a=x1 b=x2 axes=axes"},
    {"pad", "tf.pad", "tensor=tensor paddings=paddings"},
    {"compat.v1.pad", "tf.pad", "tensor=tensor paddings=paddings"},
    {"one_hot", "OneHot", "indices=x depth=num_classes axis=axis dtype=dtype"},
    {"math.top_k", "TopK", "input=x k=k"},
    {"nn.top_k", "TopK", "input=x k=k"},
    {"sort", "Sort", "values=x axis=axis"},
    {"argsort", "Argsort", "values=x axis=axis"},
    {"math.l2_normalize", "tf.l2_normalize", "x=x axis=axis"},
    {"nn.l2_normalize", "tf.l2_normalize", "x=x axis=axis"},
    {"math.squared_difference", "tf.squared_difference", "x=x y=y"},
    {"image.resize", "tf.image.resize", "images=images size=size"},
    {"shape", "tf.shape", "input=input"},
    {"compat.v1.shape", "tf.shape", "input=input"},
    {"nn.depth_to_space", "DepthToSpace", "input=x block_size=block_size"},
    {"nn.space_to_depth", "SpaceToDepth", "input=x block_size=block_size"},
    {"__operators__.getitem", "GetItem", "tensor=x slice_spec=key"},
};

// Arguments of all functions that change nothing here.
bool is_idle(const std::string& name, const Argument& argument) {
  if (argument.is_null()) return true;
  for (const char* idle :
       {"name", "validate_indices", "conjugate", "batch_dims", "out_type", "sorted", "stable"})
    if (name == idle && std::holds_alternative<Json>(argument.content)) return true;
  return false;
}

// The value of key in "a=x b=y", or empty.
std::string renamed(const char* arguments, const std::string& key) {
  std::istringstream words(arguments);
  for (std::string word; words >> word;)
    if (const std::size_t at = word.find('='); word.compare(0, at, key) == 0) return word.substr(at + 1);
  return "";
}

}  // namespace

const TensorflowFunction* find_tensorflow_function(std::string_view name) {
  for (const TensorflowFunction& function : functions)
    if (name == function.name) return &function;
  return nullptr;
}

Call renamed_call(const TensorflowFunction& function, const Call& call) {
  Call made;
  made.args = call.args;
  for (const auto& [key, argument] : call.kwargs) {
    const std::string name = renamed(function.arguments, key);
    if (name.empty() && is_idle(key, argument)) {
      const bool gathers_batch = key == "batch_dims" && !argument.is_null() && argument.json().truthy();
      check(!gathers_batch, ErrorCode::unsupported, "tf.", function.name, " with batch_dims");
      continue;
    }
    made.kwargs.emplace_back(name.empty() ? key : name, argument);
  }
  return made;
}

}  // namespace keratin::keras
