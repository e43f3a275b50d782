// Matrix products and the bias that follows them.
#include "runtime/tensorflow/import_row.h"

namespace keratin::tensorflow {
namespace {

Items import_matmul(const Call& call) {
  call.expect_inputs(2);
  const bool transpose_a = call.boolean("transpose_a", false),
             transpose_b = call.boolean("transpose_b", false);
  const ir::Value a = call.value(0), b = call.value(1);  // (m, k), (k, n)
  if (a.rank() != 2 || b.rank() != 2) call.refuse("multiplies tensors that are no matrices");
  return {{ir::dot_general(a, b, {{transpose_a ? 0 : 1}, {transpose_b ? 1 : 0}, {}, {}}), {}, {}}};
}

Items import_batch_matmul(const Call& call) {
  call.expect_inputs(2);
  const bool adjoint_a = call.boolean("adj_x", false), adjoint_b = call.boolean("adj_y", false);
  ir::Value a = call.value(0), b = call.value(1);  // (…, m, k), (…, k, n)
  if (a.rank() < 2 || b.rank() < 2) call.refuse("multiplies tensors that are no matrices");
  // Leading axes broadcast; dot_general wants them equal.
  const auto leading = [](ir::Value x) { return ir::Dims(x.shape().begin(), x.shape().end() - 2); };
  const ir::Dims batch = ir::broadcast(leading(a), leading(b));
  const auto widen = [&](ir::Value x) {
    ir::Dims shape = batch;
    shape.insert(shape.end(), x.shape().end() - 2, x.shape().end());
    return ir::broadcast_to(x, shape);
  };
  a = widen(a);
  b = widen(b);
  ir::Ints axes;
  for (std::size_t i = 0; i < batch.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  return {{ir::dot_general(a, b, {{adjoint_a ? -2 : -1}, {adjoint_b ? -1 : -2}, axes, axes}), {}, {}}};
}

Items import_bias_add(const Call& call) {
  call.expect_inputs(2);
  const ir::Value x = call.value(0);
  ir::Value bias = call.value(1);
  if (bias.rank() != 1 || x.rank() < 2) call.refuse("adds something that is no bias");
  if (call.text("data_format", "NHWC") == "NCHW") {
    ir::Dims shape(x.rank() - 1, ir::Dim(1));  // (channels, 1, 1)
    shape[0] = bias.shape()[0];
    bias = ir::reshape(bias, std::move(shape));
  }
  return {{x + bias, {}, {}}};
}

constexpr ImportRow rows[] = {
    {"MatMul", "product", import_matmul},
    {"BatchMatMulV2", "output", import_batch_matmul},
    {"BiasAdd", "output", import_bias_add},
};

}  // namespace
}  // namespace keratin::tensorflow
namespace keratin {
extern const tensorflow::ImportFamily rows_import_dot{tensorflow::rows};
}
