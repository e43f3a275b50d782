// Constants, shapes, what changes them, and reductions.
#include "runtime/core/error.h"
#include "runtime/tensorflow/body_emitter.h"
#include "runtime/tensorflow/emit_row.h"

namespace keratin::tensorflow {
namespace {

using serialization::TfAttrs;

TfAttrs typed(const Emission& e, const char* index) {
  return {{"T", type_attr(e.node.in(0).dtype)}, {index, type_attr(DType::int32)}};
}

std::vector<std::string> emit_constant(const Emission& e) {
  return {e.body.constant(e.node.get<Tensor>("value"))};
}

std::vector<std::string> emit_dimension(const Emission& e) {
  const DType dtype = e.node.get<DType>("dtype");
  const bool integer = dtype == DType::int32 || dtype == DType::int64;
  const std::string value = e.body.dim(e.node.get<ir::Dims>("dim")[0], integer ? dtype : DType::int32);
  if (integer) return {value};
  return {e.body.add("Cast", {value}, {{"SrcT", type_attr(DType::int32)}, {"DstT", type_attr(dtype)}})};
}

std::vector<std::string> emit_reshape(const Emission& e) {
  // A single dim that is not fixed needs no arithmetic on shapes.
  ir::Dims shape = e.node.results[0].shape;
  std::size_t free = 0;
  for (const ir::Dim& dim : shape) free += !dim.is_constant();
  if (free == 1)
    for (ir::Dim& dim : shape)
      if (!dim.is_constant()) dim = -1;
  return {e.body.add("Reshape", {e.inputs[0], e.body.shape(shape)}, typed(e, "Tshape"))};
}

std::vector<std::string> emit_broadcast(const Emission& e) {
  return {e.body.add("BroadcastTo", {e.inputs[0], e.body.shape(e.node.results[0].shape)}, typed(e, "Tidx"))};
}

std::vector<std::string> emit_transpose(const Emission& e) {
  return {e.body.add("Transpose", {e.inputs[0], e.body.integers(e.node.get<ir::Ints>("permutation"))},
                     typed(e, "Tperm"))};
}

std::vector<std::string> emit_concatenate(const Emission& e) {
  std::vector<std::string> inputs = e.inputs;
  Tensor axis(DType::int32, {});
  *axis.data<std::int32_t>() = static_cast<std::int32_t>(e.node.get<std::int64_t>("axis"));
  inputs.push_back(e.body.constant(axis));
  TfAttrs attrs = typed(e, "Tidx");
  attrs["N"] = {static_cast<std::int64_t>(e.inputs.size())};
  return {e.body.add("ConcatV2", std::move(inputs), std::move(attrs))};
}

std::vector<std::string> emit_slice(const Emission& e) {
  return {e.body.add(
      "StridedSlice",
      {e.inputs[0], e.body.shape(e.node.get<ir::Dims>("start")), e.body.shape(e.node.get<ir::Dims>("limit")),
       e.body.integers(e.node.get<ir::Ints>("stride"))},
      typed(e, "Index"))};
}

std::vector<std::string> emit_reduce(const Emission& e) {
  TfAttrs attrs = {{"Tidx", type_attr(DType::int32)}, {"keep_dims", {e.node.get<bool>("keep")}}};
  if (e.node.in(0).dtype != DType::boolean)
    attrs["T"] = type_attr(e.node.in(0).dtype);  // All and Any have none
  return {
      e.body.add(e.row.word, {e.inputs[0], e.body.integers(e.node.get<ir::Ints>("axes"))}, std::move(attrs))};
}

constexpr EmitRow rows[] = {
    {"constant", emit_constant},
    {"dimension", emit_dimension},
    {"reshape", emit_reshape},
    {"broadcast_to", emit_broadcast},
    {"transpose", emit_transpose},
    {"concatenate", emit_concatenate},
    {"slice", emit_slice},
    {"reduce_sum", emit_reduce, "Sum"},
    {"reduce_mean", emit_reduce, "Mean"},
    {"reduce_max", emit_reduce, "Max"},
    {"reduce_min", emit_reduce, "Min"},
    {"reduce_prod", emit_reduce, "Prod"},
    {"reduce_all", emit_reduce, "All"},
    {"reduce_any", emit_reduce, "Any"},
};

}  // namespace
}  // namespace keratin::tensorflow
namespace keratin {
extern const tensorflow::EmitFamily rows_emit_layout{tensorflow::rows};
}
