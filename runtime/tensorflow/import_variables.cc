// Variables: their handles are arguments of the function, their values are read and assigned in program
// order.
#include "runtime/tensorflow/import_row.h"

namespace keratin::tensorflow {
namespace {

Items import_read(const Call& call) { return {{call.graph.read(call.variable(0)), {}, {}}}; }

Items import_assign(const Call& call) {
  call.expect_inputs(2);
  const std::size_t variable = call.variable(0);
  ir::Value value = call.value(1);
  if (call.row.word) value = ir::binary(call.row.word, call.graph.read(variable), value);
  call.graph.assign(variable, value);
  return {};
}

constexpr ImportRow rows[] = {
    {"ReadVariableOp", "value", import_read},
    {"AssignVariableOp", "", import_assign},
    {"AssignAddVariableOp", "", import_assign, "add"},
    {"AssignSubVariableOp", "", import_assign, "subtract"},
};

}  // namespace
}  // namespace keratin::tensorflow
namespace keratin {
extern const tensorflow::ImportFamily rows_import_variables{tensorflow::rows};
}
