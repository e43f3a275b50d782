#include "runtime/ir/build_nn.h"
#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;
using ir::Value;

// Connectionist temporal classification (Graves et al. 2006), forward in logarithms. Labels are spread over
// states blank, label, blank, label, … blank; a path stays, goes on by one, or skips a blank between two
// different labels. Class 0 is the blank, and pads the labels.
constexpr double kNever = -1e30;  // the logarithm of no chance, finite so that gradients are

// (batch, labels) -> (batch, 2 labels + 1)
Value spread_labels(Value labels) {
  const ir::Dim batch = labels.shape()[0], count = labels.shape()[1];
  const Value each = ir::expand_dims(labels, -1);
  const Value pairs = ir::concatenate({ir::full(labels.graph(), each.type(), 0), each}, -1);
  return ir::pad(ir::reshape(pairs, {batch, count * ir::Dim(2)}), {0, 0}, {0, 1});
}

// x moved to the right by steps.
Value shifted(Value x, std::int64_t steps, double fill) {
  return ir::slice_axis(ir::pad(x, {0, steps}, {0, 0}, fill), -1, 0, x.shape()[1]);
}

Value either(ir::Values logarithms) {
  for (Value& x : logarithms) x = ir::expand_dims(x, -1);
  return ir::logsumexp(ir::concatenate(std::move(logarithms), -1), {-1});
}

// chance (batch, states), what one step emits, whether a state may be skipped to -> chance
ir::Graph one_step(const ir::Type& chance, const ir::Type& may_skip) {
  ir::Graph step;
  const Value before = step.input("chance", chance);
  const Value emitted = step.input("emitted", chance);
  const Value skip = step.input("may_skip", may_skip);
  const Value skipped = ir::select(skip, shifted(before, 2, kNever), ir::constant_like(before, kNever));
  step.output("chance", either({before, shifted(before, 1, kNever), skipped}) + emitted);
  return step;
}

Value values(LossContext&, Value y_true, Value y_pred, const NoConfig&) {
  check(y_true.rank() == 2 && y_pred.rank() == 3, ErrorCode::invalid_argument,
        "expected labels (batch, length) ", "and logits (batch, time, classes), found ",
        ir::to_string(y_true.type()), " and ", ir::to_string(y_pred.type()));
  ir::Graph& graph = y_pred.graph();
  const Value labels = ir::cast(y_true, DType::int32), states = spread_labels(labels);
  const ir::Dims shape = states.shape();
  const Value blank = ir::constant_like(states, 0);
  const Value may_skip = ir::binary("logical_and", ir::compare("not_equal", states, blank),
                                    ir::compare("not_equal", states, shifted(states, 2, 0)));
  const Value order = ir::iota(graph, DType::int32, {shape[1]}, 0);
  const ir::Dim time = y_pred.shape()[1];
  const Value which = ir::broadcast_to(ir::expand_dims(states, 1), {shape[0], time, shape[1]});
  const Value emitted = ir::transpose(ir::gather_along(ir::log_softmax(y_pred), which, -1), {1, 0, 2});
  const Value sure = ir::constant(graph, y_pred.dtype(), 0), never = ir::constant_like(sure, kNever);
  const Value first = ir::compare("equal", order, ir::constant_like(order, 0));
  const Value start = ir::broadcast_to(ir::select(first, sure, never), shape);
  std::vector<ir::Graph> regions;
  regions.push_back(one_step(start.type(), may_skip.type()));
  ir::Node& scan = graph.add_node(
      "scan", {start, emitted, may_skip},
      {{"carries", std::int64_t(1)}, {"xs", std::int64_t(1)}, {"length", ir::Dims{time}}, {"reverse", false}},
      std::move(regions));
  // A path ends in the last label or the blank behind it
  const Value used = ir::compare("not_equal", labels, ir::constant_like(labels, 0));
  const Value last = ir::sum(ir::cast(used, DType::int32), {-1}, ir::Keep::yes) * 2.0;
  const Value ends =
      ir::binary("logical_or", ir::compare("equal", order, last), ir::compare("equal", order, last - 1.0));
  return -ir::logsumexp(ir::select(ends, scan.out(0), never), {-1});
}

constexpr LossCase cases[] = {
    {R"({})", "padded5[4,3] normal[4,9,5]", 64, 64},
    {R"({})", "padded3[4,4] normal[4,11,3] weights[4]", 64, 64},
    {R"({"reduction": "none"})", "ones[2,2] normal[2,6,4]", 64, 64},
    {R"({"reduction": "sum"})", "zeros[2,2] normal[2,5,4]", 64, 64},
};

}  // namespace
extern const LossDef loss_ctc = define_loss<NoConfig, values>(
    {.class_name = "CTC", .function_name = "ctc", .casts_targets = false, .cases = cases});
}  // namespace keratin
