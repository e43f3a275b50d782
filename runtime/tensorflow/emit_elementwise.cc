// Element-wise ops with a twin in TensorFlow; both broadcast as numpy does.
#include "runtime/tensorflow/body_emitter.h"
#include "runtime/tensorflow/emit_row.h"

namespace keratin::tensorflow {
namespace {

std::vector<std::string> emit_typed(const Emission& e) {
  return {e.body.add(e.row.word, e.inputs, {{"T", type_attr(e.node.in(0).dtype)}})};
}
std::vector<std::string> emit_logical(const Emission& e) { return {e.body.add(e.row.word, e.inputs)}; }

std::vector<std::string> emit_leaky_relu(const Emission& e) {
  const auto alpha = static_cast<float>(e.node.get<double>("negative_slope"));
  return {e.body.add("LeakyRelu", e.inputs, {{"T", type_attr(e.node.in(0).dtype)}, {"alpha", {alpha}}})};
}

std::vector<std::string> emit_select(const Emission& e) {
  return {e.body.add("SelectV2", e.inputs, {{"T", type_attr(e.node.in(1).dtype)}})};
}

std::vector<std::string> emit_cast(const Emission& e) {
  return {
      e.body.add("Cast", e.inputs,
                 {{"SrcT", type_attr(e.node.in(0).dtype)}, {"DstT", type_attr(e.node.results[0].dtype)}})};
}

constexpr EmitRow rows[] = {
    {"abs", emit_typed, "Abs"},
    {"add", emit_typed, "AddV2"},
    {"cast", emit_cast},
    {"ceil", emit_typed, "Ceil"},
    {"cos", emit_typed, "Cos"},
    {"divide", emit_typed, "RealDiv"},
    {"divide_no_nan", emit_typed, "DivNoNan"},
    {"equal", emit_typed, "Equal"},
    {"erf", emit_typed, "Erf"},
    {"exp", emit_typed, "Exp"},
    {"expm1", emit_typed, "Expm1"},
    {"floor", emit_typed, "Floor"},
    {"floor_divide", emit_typed, "FloorDiv"},
    {"floor_mod", emit_typed, "FloorMod"},
    {"greater", emit_typed, "Greater"},
    {"greater_equal", emit_typed, "GreaterEqual"},
    {"is_nan", emit_typed, "IsNan"},
    {"leaky_relu", emit_leaky_relu},
    {"less", emit_typed, "Less"},
    {"less_equal", emit_typed, "LessEqual"},
    {"log", emit_typed, "Log"},
    {"log1p", emit_typed, "Log1p"},
    {"logical_and", emit_logical, "LogicalAnd"},
    {"logical_not", emit_logical, "LogicalNot"},
    {"logical_or", emit_logical, "LogicalOr"},
    {"maximum", emit_typed, "Maximum"},
    {"minimum", emit_typed, "Minimum"},
    {"multiply", emit_typed, "Mul"},
    {"negative", emit_typed, "Neg"},
    {"not_equal", emit_typed, "NotEqual"},
    {"power", emit_typed, "Pow"},
    {"reciprocal", emit_typed, "Reciprocal"},
    {"relu", emit_typed, "Relu"},
    {"relu6", emit_typed, "Relu6"},
    {"rsqrt", emit_typed, "Rsqrt"},
    {"select", emit_select},
    {"selu", emit_typed, "Selu"},
    {"sigmoid", emit_typed, "Sigmoid"},
    {"sign", emit_typed, "Sign"},
    {"sin", emit_typed, "Sin"},
    {"softplus", emit_typed, "Softplus"},
    {"softsign", emit_typed, "Softsign"},
    {"sqrt", emit_typed, "Sqrt"},
    {"square", emit_typed, "Square"},
    {"stop_gradient", emit_typed, "StopGradient"},
    {"subtract", emit_typed, "Sub"},
    {"tan", emit_typed, "Tan"},
    {"tanh", emit_typed, "Tanh"},
};

}  // namespace
}  // namespace keratin::tensorflow
namespace keratin {
extern const tensorflow::EmitFamily rows_emit_elementwise{tensorflow::rows};
}
