// Ops that pass values on, constants and calls.
#include "runtime/core/error.h"
#include "runtime/tensorflow/function_importer.h"
#include "runtime/tensorflow/import_row.h"

namespace keratin::tensorflow {
namespace {

using serialization::TfFunctionName;
using serialization::TfTensor;
using serialization::TfType;

constexpr std::int64_t most_known = 64;  // shapes and axes; longer lists are data

Items import_identity(const Call& call) { return call.inputs; }

Items import_nothing(const Call&) { return {}; }

Items import_stop_gradient(const Call& call) {
  call.expect_inputs(1);
  return {{ir::unary("stop_gradient", call.value(0)), call.inputs[0].known, {}}};
}

Items import_constant(const Call& call) {
  const serialization::TfAttr* attr = call.find("value");
  const auto* value = attr ? std::get_if<TfTensor>(&attr->value) : nullptr;
  check(value != nullptr, ErrorCode::corrupt_file, call.importer.where(call.node),
        ": the constant has no value");
  if (value->type == TfType::string) return {Item{}};  // file names and patterns: refused where one is used
  const Tensor tensor = serialization::to_tensor(*value, call.importer.where(call.node));
  const bool integers = tensor.dtype() == DType::int32 || tensor.dtype() == DType::int64;
  if (!integers || tensor.rank() > 1 || static_cast<std::int64_t>(tensor.elements()) > most_known)
    return {{ir::constant(call.graph, tensor), {}, {}}};
  Known known{tensor.dtype(), tensor.rank() == 1, {}};
  for (std::size_t i = 0; i < tensor.elements(); ++i)
    known.numbers.emplace_back(tensor.dtype() == DType::int64 ? tensor.data<std::int64_t>()[i]
                                                              : tensor.data<std::int32_t>()[i]);
  return {{{}, std::move(known), {}}};
}

Items import_placeholder(const Call& call) { call.refuse("is not among the inputs of the signature"); }

Items import_call(const Call& call) {
  const serialization::TfAttr* attr = call.find("f");
  return call.importer.call(std::get<TfFunctionName>(attr->value).name,
                            call.inputs);  // Reach has seen the attribute
}

constexpr ImportRow rows[] = {
    {"Identity", "output", import_identity},
    {"IdentityN", "output", import_identity},
    {"Snapshot", "output", import_identity},
    {"StopGradient", "output", import_stop_gradient},
    {"NoOp", "", import_nothing},
    {"Const", "output", import_constant},
    {"Placeholder", "output", import_placeholder},
    {"PartitionedCall", "output", import_call, nullptr, "f"},
    {"StatefulPartitionedCall", "output", import_call, nullptr, "f"},
};

}  // namespace
}  // namespace keratin::tensorflow
namespace keratin {
extern const tensorflow::ImportFamily rows_import_core{tensorflow::rows};
}
