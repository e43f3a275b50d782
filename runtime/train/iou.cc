#include "runtime/train/iou.h"

#include "runtime/ir/build_nn.h"

namespace keratin::train {
namespace {

using ir::Value;

Value flat(Value x) { return ir::reshape(x, {ir::product(x.shape())}); }

Value classes_of(Value x, bool sparse, std::int64_t axis, DType dtype) {
  return ir::cast(sparse ? x : ir::argmax(x, axis), dtype);
}

Value both(Value a, Value b) { return ir::binary("logical_and", a, b); }

Value is_class(Value x, std::int64_t count) {
  return both(ir::compare("greater_equal", x, ir::constant_like(x, 0)),
              ir::compare("less", x, ir::constant_like(x, static_cast<double>(count))));
}

}  // namespace

std::vector<MetricVariable> overlap_variables(const MetricContext& cx, const Overlap& overlap) {
  const std::int64_t count = overlap.num_classes;
  check(count > 0 && count < (1 << 15), ErrorCode::corrupt_file, "num_classes ", count,
        ": expected a positive integer");
  for (std::int64_t id : overlap.classes)
    check(0 <= id && id < count, ErrorCode::corrupt_file, "target_class_ids: ", id, " isn't one of ", count,
          " classes");
  return {{"total_confusion_matrix", {count, count}, cx.dtype}};
}

ir::Values update_overlap(const MetricContext& cx, const Overlap& overlap, const ir::Values& state,
                          const MetricInput& input) {
  Value y_pred = input.y_pred;
  if (overlap.threshold) {
    const Value x = ir::cast(y_pred, DType::float32);
    y_pred = ir::compare("greater_equal", x, ir::constant_like(x, *overlap.threshold));
  }
  const Value columns =
      ir::cast(flat(classes_of(y_pred, overlap.sparse_y_pred, overlap.axis, cx.dtype)), DType::int64);
  const Value rows =
      ir::cast(flat(classes_of(input.y_true, overlap.sparse_y_true, overlap.axis, cx.dtype)), DType::int64);
  Value weight = ir::constant(rows.graph(), cx.dtype, 1);
  if (input.sample_weight) weight = ir::cast(input.sample_weight, cx.dtype);
  weight = ir::broadcast_to(weight.rank() > 1 ? flat(weight) : weight, rows.shape());

  const std::int64_t count = overlap.num_classes;
  Value counts = both(is_class(rows, count), is_class(columns, count));
  const Value zero = ir::constant_like(rows, 0),
              nowhere = ir::constant_like(rows, static_cast<double>(count * count));
  Value cell = rows * static_cast<double>(count) + columns;
  // tf_keras takes a class that isn't there for an error, Keras 3 drops it
  if (!cx.keras3()) cell = ir::select(counts, cell, nowhere);
  if (!overlap.ignore_class.is_null()) {
    const auto ignored = static_cast<double>(overlap.ignore_class.as_integer());
    const Value kept = ir::compare("not_equal", rows, ir::constant_like(rows, ignored));
    counts = both(counts, kept);
    cell = ir::select(kept, cell, zero);
  }
  if (cx.keras3()) cell = ir::select(counts, cell, zero);
  weight = ir::select(counts, weight, ir::constant_like(weight, 0));
  const Value empty = ir::full(rows.graph(), {cx.dtype, {ir::Dim(count * count)}}, 0);
  return {state[0] + ir::reshape(ir::scatter_add(empty, cell, weight, 0), state[0].shape())};
}

Value overlap_result(const MetricContext& cx, const Overlap& overlap, const ir::Values& state) {
  const Value cells = state[0];
  const std::int64_t count = overlap.num_classes;
  ir::Graph& graph = cells.graph();
  const Value row = ir::iota(graph, DType::int32, {ir::Dim(count), ir::Dim(1)}, 0);
  const Value diagonal = ir::compare("equal", row, ir::transpose(row, {1, 0}));
  Value hits = ir::sum(ir::select(diagonal, cells, ir::constant_like(cells, 0)), {0});
  Value either = ir::sum(cells, {0}) + ir::sum(cells, {1}) - hits;
  if (!overlap.classes.empty()) {
    Tensor ids(DType::int64, {static_cast<std::int64_t>(overlap.classes.size())});
    std::copy(overlap.classes.begin(), overlap.classes.end(), ids.data<std::int64_t>());
    const Value chosen = ir::constant(graph, ids);
    hits = ir::gather(hits, chosen, 0);
    either = ir::gather(either, chosen, 0);
  }
  const DType dtype = cx.keras3() ? DType::float32 : cx.dtype;
  hits = ir::cast(hits, dtype);
  either = ir::cast(either, dtype);
  const double least = cx.keras3() ? 1e-9 : 0;
  const Value present = ir::cast(ir::compare("greater", either, ir::constant_like(either, least)), dtype);
  if (!cx.keras3()) return divide_no_nan(sum_of(divide_no_nan(hits, either)), sum_of(present));
  return sum_of(hits / (either + kEpsilon) * present) / (sum_of(present) + kEpsilon);
}

}  // namespace keratin::train
