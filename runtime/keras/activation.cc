#include "runtime/keras/activation.h"

#include "runtime/core/error.h"
#include "runtime/ir/build_nn.h"
#include "runtime/keras/activations.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/make.h"

namespace keratin::keras {
namespace {

using ir::Value;

template <const char* op>
Value elementwise(Value x) {
  return ir::unary(op, x);
}

Value linear(Value x) { return x; }
Value softmax(Value x) { return ir::softmax(x); }
Value log_softmax(Value x) { return ir::log_softmax(x); }
// Halves of the last axis: a * sigmoid(b).
Value glu(Value x) {
  const ir::Dim half = floor_div(x.shape().back(), 2);
  return ir::slice_axis(x, -1, 0, half) * ir::unary("sigmoid", ir::slice_axis(x, -1, half, x.shape().back()));
}
// After the projection onto the simplex (Martins & Astudillo 2016), as Keras computes it: it sums the running
// sums of the support, not its values.
Value sparsemax(Value x) {
  const Value sorted = ir::sort(x, -1, true);
  const Value sums = ir::cumsum(sorted, -1);
  const Value k = ir::iota(x.graph(), x.dtype(), {x.shape().back()}, 0) + 1.0;
  const Value inside = ir::compare("greater", sorted * k + 1.0, sums);
  const Value count = ir::sum(ir::cast(inside, x.dtype()), {-1}, ir::Keep::yes);
  const Value zero = ir::constant_like(x, 0);
  const Value total = ir::sum(ir::select(inside, sums, zero), {-1}, ir::Keep::yes);
  return ir::maximum(x - (total - 1.0) / count, zero);
}

constexpr char relu[] = "relu", relu6[] = "relu6", leaky_relu[] = "leaky_relu", elu[] = "elu",
               selu[] = "selu", celu[] = "celu", sigmoid[] = "sigmoid", softplus[] = "softplus",
               log_sigmoid[] = "log_sigmoid", softsign[] = "softsign", silu[] = "silu",
               hard_sigmoid[] = "hard_sigmoid", hard_silu[] = "hard_silu", hard_tanh[] = "hard_tanh",
               tanh_[] = "tanh", tanh_shrink[] = "tanh_shrink", soft_shrink[] = "soft_shrink",
               hard_shrink[] = "hard_shrink", threshold[] = "threshold", gelu[] = "gelu", mish[] = "mish",
               squareplus[] = "squareplus", sparse_plus[] = "sparse_plus",
               sparse_sigmoid[] = "sparse_sigmoid", exponential[] = "exp";

Value hard_sigmoid_2(Value x) { return x.graph().add("hard_sigmoid", {x}, {{"slope", 0.2}}); }

constexpr ActivationDef table[] = {
    {"linear", linear},
    {"relu", elementwise<relu>},
    {"relu6", elementwise<relu6>},
    {"leaky_relu", elementwise<leaky_relu>},
    {"elu", elementwise<elu>},
    {"selu", elementwise<selu>},
    {"celu", elementwise<celu>},
    {"sigmoid", elementwise<sigmoid>},
    {"softplus", elementwise<softplus>},
    {"log_sigmoid", elementwise<log_sigmoid>},
    {"softsign", elementwise<softsign>},
    {"silu", elementwise<silu>},
    {"swish", elementwise<silu>},
    {"hard_sigmoid", elementwise<hard_sigmoid>},
    {hard_sigmoid_keras_2, hard_sigmoid_2},
    {"hard_silu", elementwise<hard_silu>},
    {"hard_swish", elementwise<hard_silu>},
    {"hard_tanh", elementwise<hard_tanh>},
    {"tanh", elementwise<tanh_>},
    {"tanh_shrink", elementwise<tanh_shrink>},
    {"soft_shrink", elementwise<soft_shrink>},
    {"hard_shrink", elementwise<hard_shrink>},
    {"threshold", elementwise<threshold>},
    {"gelu", elementwise<gelu>},
    {"mish", elementwise<mish>},
    {"squareplus", elementwise<squareplus>},
    {"sparse_plus", elementwise<sparse_plus>},
    {"sparse_sigmoid", elementwise<sparse_sigmoid>},
    {"exponential", elementwise<exponential>},
    {"softmax", softmax},
    {"log_softmax", log_softmax},
    {"glu", glu},
    {"sparsemax", sparsemax},
};

}  // namespace

std::span<const ActivationDef> activations() { return table; }

const ActivationDef* find_activation(std::string_view name) {
  for (const ActivationDef& def : table)
    if (name == def.name) return &def;
  return nullptr;
}

Activation Activation::parse(const serialization::Json& json) {
  Activation activation;
  activation.source_ = json;
  if (json.is_null()) return activation.source_ = "linear", activation;
  std::string name;
  if (json.is_string()) {
    name = json.as_string();
  } else {
    const std::string kind = json.at("class_name").as_string();
    const serialization::Json* config = json.find("config");
    if (kind == "function" || (config && config->is_string()))
      name = config ? config->as_string() : "";
    else if (find_layer_def(kind))
      return activation.layer_ = make_layer(json), activation;
    else
      name = kind;  // tf.keras wrote {"class_name": "relu", …} here and there
  }
  for (const Resolver* resolver : resolvers())
    if ((activation.custom_ = resolver->function(name))) return activation;
  activation.def_ = find_activation(name);
  check(activation.def_ != nullptr, ErrorCode::unsupported, "activation \"", name,
        "\" is unknown: register a function of this name with CustomObjects");
  return activation;
}

Activation::Activation(const char* name) : source_(name), def_(find_activation(name)) {
  assume(def_, "an activation's default exists");
}

bool Activation::is(std::string_view name) const { return def_ && def_->name == name; }

ir::Value Activation::operator()(LowerContext& cx, ir::Value x) const {
  if (layer_) return cx.run(*layer_, x);
  if (custom_) return custom_(x);
  return def_ ? def_->lower(x) : x;
}

}  // namespace keratin::keras
