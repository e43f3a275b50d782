#include "kernels/elementwise/functor.h"

namespace keratin::elementwise {

bool accepts(Domain domain, DType dtype) {
  if (dtype == DType::string) return false;
  if (dtype == DType::boolean) return domain == Domain::any || domain == Domain::boolean;
  if (domain == Domain::floating) return is_floating(dtype);
  if (domain == Domain::integral) return is_integer(dtype);
  return domain == Domain::numeric || domain == Domain::any;
}

ir::Type joined_type(const ir::Node& node, std::size_t operands, Domain domain) {
  ir::op_check_inputs(node, operands);
  ir::Type type = node.in(0);
  ir::op_check(accepts(domain, type.dtype), node, "is not defined for ", name_of(type.dtype));
  for (std::size_t i = 1; i < operands; ++i) {
    ir::op_check(node.in(i).dtype == type.dtype, node, "operands of ", name_of(type.dtype), " and ",
                 name_of(node.in(i).dtype), ", expected equal dtypes");
    within(std::string("[") + node.op->name + "]",
           [&] { type.shape = ir::broadcast(type.shape, node.in(i).shape); });
  }
  return type;
}

Broadcast::Broadcast(std::span<const std::int64_t> out, std::span<const ir::HostView> in)
    : out_(out), strides_(out.size()) {
  for (std::size_t k = 0; k < in.size() && k < 3; ++k) {
    std::int64_t step = 1;
    const std::size_t rank = in[k].shape.size();
    for (std::size_t i = rank; i-- > 0;) {
      const std::size_t axis = out.size() - rank + i;
      strides_[axis][k] = in[k].shape[i] == 1 ? 0 : step;
      step *= in[k].shape[i];
    }
  }
}

}  // namespace keratin::elementwise
