#include "runtime/keras/lora.h"

#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/ir/evaluate.h"

namespace keratin::keras {
namespace {

std::string name_of(const std::string& weight, char which) { return "lora_" + weight + "_" + which; }

const Layer::Weight& weight_of(const Layer& layer, const std::string& name) {
  const auto found = std::find_if(layer.weights.begin(), layer.weights.end(),
                                  [&](const Layer::Weight& weight) { return weight.name == name; });
  assume(found != layer.weights.end(), "the layer has this weight");
  return *found;
}

ir::Value with_product(ir::Value value, ir::Value a, ir::Value b, double scale) {
  const ir::Value product = ir::dot(a, b);
  return value + (scale == 1 ? product : product * scale);
}

}  // namespace

void build_lora(BuildContext& cx, const std::string& name, Shape shape, std::int64_t rank, double scale) {
  check(rank > 0, ErrorCode::corrupt_file, "lora_rank ", rank, ": expected a positive integer");
  const std::int64_t out = std::exchange(shape.back(), rank);
  const BuildContext::Options options = {.full_precision = true};
  cx.add_weight(name_of(name, 'a'), std::move(shape), "he_uniform", options);
  cx.add_weight(name_of(name, 'b'), {rank, out}, "zeros", options);
  cx.adapt(name, scale);
}

ir::Value weight_with_lora(LowerContext& cx, const std::string& name) {
  const std::optional<double> scale = weight_of(cx.layer, name).lora_scale;
  const ir::Value value = cx.weight(name);
  return scale ? with_product(value, cx.weight(name_of(name, 'a')), cx.weight(name_of(name, 'b')), *scale)
               : value;
}

ir::Value stored_with_lora(LowerContext& cx, const std::string& name) {
  const std::optional<double> scale = weight_of(cx.layer, name).lora_scale;
  const ir::Value value = cx.read(name);
  if (!scale) return value;
  return with_product(value, ir::cast(cx.read(name_of(name, 'a')), value.dtype()),
                      ir::cast(cx.read(name_of(name, 'b')), value.dtype()), *scale);
}

Tensor merged_value(const Layer& layer, const Layer::Weight& weight) {
  const Tensor tensors[] = {weight.variable->value(),
                            weight_of(layer, name_of(weight.name, 'a')).variable->value(),
                            weight_of(layer, name_of(weight.name, 'b')).variable->value()};
  const DType dtype = tensors[0].dtype(), wide = dtype == DType::float64 ? dtype : DType::float32;
  ir::Graph graph;
  ir::Values values;
  for (const Tensor& tensor : tensors)
    values.push_back(ir::cast(
        graph.input("", ir::Type{tensor.dtype(), ir::Dims(tensor.shape().begin(), tensor.shape().end())}),
        wide));
  graph.output("", ir::cast(with_product(values[0], values[1], values[2], *weight.lora_scale), dtype));
  return ir::evaluate_graph(graph, tensors)[0];
}

void clear_lora(Layer& model, const std::function<bool(const VariablePtr&)>& given) {
  model.visit([&](const Layer& layer) {
    for (const Layer::Weight& weight : layer.weights) {
      if (!weight.lora_scale || !given(weight.variable)) continue;
      for (char which : {'a', 'b'}) {
        const VariablePtr& low = weight_of(layer, name_of(weight.name, which)).variable;
        if (!given(low)) low->assign(Tensor::zeros(low->dtype(), low->shape()));
      }
    }
  });
}

}  // namespace keratin::keras
