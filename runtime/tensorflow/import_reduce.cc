// Reductions over constant axes.
#include "runtime/tensorflow/import_row.h"

namespace keratin::tensorflow {
namespace {

Items import_reduce(const Call& call) {
  call.expect_inputs(2);
  const ir::Ints axes = call.integers(1);
  const bool keep = call.boolean("keep_dims", false);
  if (call.row.word == std::string_view("reduce_prod") && call.inputs[0].known && !keep &&
      axes == ir::Ints{0}) {
    const Known& known = *call.inputs[0].known;  // the number of elements of a shape
    return {{{}, Known{known.dtype, false, {ir::product(known.numbers)}}, {}}};
  }
  return {{ir::reduce(call.row.word, call.value(0), axes, keep ? ir::Keep::yes : ir::Keep::no), {}, {}}};
}

constexpr ImportRow rows[] = {
    {"Sum", "output", import_reduce, "reduce_sum"},   {"Mean", "output", import_reduce, "reduce_mean"},
    {"Max", "output", import_reduce, "reduce_max"},   {"Min", "output", import_reduce, "reduce_min"},
    {"Prod", "output", import_reduce, "reduce_prod"}, {"All", "output", import_reduce, "reduce_all"},
    {"Any", "output", import_reduce, "reduce_any"},
};

}  // namespace
}  // namespace keratin::tensorflow
namespace keratin {
extern const tensorflow::ImportFamily rows_import_reduce{tensorflow::rows};
}
