// One step of an optimizer as graph nodes: what all optimizers share around their own updates.
#include "runtime/train/optimizer.h"
#include "runtime/train/pattern.h"
#include "runtime/train/regularizer.h"

namespace keratin::train {
namespace {

using keras::Lowering;

ir::Value read(Lowering& lowering, const VariablePtr& variable) {
  return lowering.graph.read(lowering.index_of(variable));
}
void assign(Lowering& lowering, const VariablePtr& variable, ir::Value value) {
  lowering.graph.assign(lowering.index_of(variable), value);
}

ir::Value is_multiple(ir::Value count, std::int64_t of) {
  const ir::Value rest = ir::binary("floor_mod", count, ir::constant_like(count, double(of)));
  return ir::compare("equal", rest, ir::constant_like(rest, 0));
}

// Schedules count all steps, accumulating ones too.
ir::Value learning_rate(Lowering& lowering, const Optimizer& o) {
  const ir::Value iteration = read(lowering, o.iteration);
  ir::Value rate =
      o.learning_rate ? read(lowering, o.learning_rate) : learning_rate_at(o.schedule, iteration, o.floatx);
  const bool decays = is_legacy(o.dialect) && o.common.decay.value > 0 && o.def->legacy_decays;
  if (decays) rate = rate / (ir::cast(iteration, rate.dtype()) * o.common.decay.value + 1.0);
  return rate;
}

ir::Value clip_by_norm(ir::Value g, double most) {
  const ir::Value squares = sum_all(ir::square(g)), zero = ir::constant_like(g, 0);
  const ir::Value norm = ir::sqrt(squares), limit = ir::constant_like(g, most);
  return ir::select(ir::compare("greater", squares, zero), g * limit / ir::maximum(norm, limit), g);
}

void clip_by_global_norm(ir::Values& gradients, double most) {
  ir::Value squares;
  for (const ir::Value& g : gradients)
    if (g) {
      const ir::Value more = ir::cast(sum_all(ir::square(g)), squares ? squares.dtype() : g.dtype());
      squares = squares ? squares + more : more;
    }
  if (!squares) return;
  const ir::Value norm = ir::sqrt(squares), one = ir::constant_like(norm, 1);
  // an infinite norm makes the scale, and with it all gradients, NaN
  const ir::Value scale = ir::minimum(one / norm, one / most) * most + (norm - norm);
  for (ir::Value& g : gradients)
    if (g) g = g * ir::cast(scale, g.dtype());
}

void clip_by_value(ir::Values& gradients, double most) {
  for (ir::Value& g : gradients)
    if (g) g = ir::minimum(ir::maximum(g, ir::constant_like(g, -most)), ir::constant_like(g, most));
}

void clip(const Optimizer& o, ir::Values& gradients) {
  const auto wanted = [](const std::optional<keras::Number>& limit) { return limit && limit->value > 0; };
  const CommonConfig& c = o.common;
  const bool several = is_legacy(o.dialect);  // legacy optimizers clip by value first, then by norm
  if (several && wanted(c.clipvalue)) clip_by_value(gradients, c.clipvalue->value);
  if (wanted(c.clipnorm)) {
    for (ir::Value& g : gradients)
      if (g) g = clip_by_norm(g, c.clipnorm->value);
  } else if (wanted(c.global_clipnorm)) {
    clip_by_global_norm(gradients, c.global_clipnorm->value);
  } else if (!several && wanted(c.clipvalue)) {
    clip_by_value(gradients, c.clipvalue->value);
  }
}

std::optional<double> weight_decay(const Optimizer& o, const Variable& variable) {
  for (const std::string& pattern : o.without_weight_decay)
    if (finds(pattern, variable.path)) return std::nullopt;
  if (o.def->decay_of) return o.def->decay_of(o.config.get(), o, variable);
  return o.common.weight_decay ? std::optional(o.common.weight_decay->value) : std::nullopt;
}

void update_variables(Lowering& lowering, const Optimizer& o, ir::Values gradients) {
  clip(o, gradients);
  const ir::Value rate = learning_rate(lowering, o);
  if (o.def->update_shared) o.def->update_shared(o.config.get(), lowering, o);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i]) continue;
    const VariablePtr& variable = o.trained[i];
    const ir::Value g = ir::cast(gradients[i], variable->dtype()), lr = ir::cast(rate, variable->dtype());
    const std::optional<double> decay = weight_decay(o, *variable);
    if (decay && *decay != 0) {
      const ir::Value x = read(lowering, variable);
      assign(lowering, variable, x - x * *decay * lr);
    }
    UpdateContext cx(lowering, o, i, g, lr);
    o.def->update(o.config.get(), cx);
  }
}

void update_averages(Lowering& lowering, const Optimizer& o, const ir::Values& gradients) {
  const ir::Value iteration = iterations_of(lowering, o);
  const double momentum = o.common.ema_momentum.value;
  for (std::size_t i = 0; i < o.averages.size(); ++i) {
    if (o.dialect == Dialect::tf_keras && !gradients[i]) continue;
    const ir::Value x = read(lowering, o.trained[i]), old = read(lowering, o.averages[i]);
    ir::Value keep = ir::constant_like(x, momentum), take = ir::constant_like(x, 1 - momentum);
    if (is_keras_3(o.dialect)) {  // the first average is the variable
      const ir::Value later = ir::compare("not_equal", iteration, ir::constant_like(iteration, 0));
      keep = ir::cast(later, x.dtype()) * momentum;
      take = 1.0 - keep;
    }
    const ir::Value average = keep * old + take * x;
    assign(lowering, o.averages[i], average);
    if (o.common.ema_overwrite_frequency) {
      const ir::Value now = is_multiple(iteration + 1.0, *o.common.ema_overwrite_frequency);
      assign(lowering, o.trained[i], ir::select(now, average, x));
    }
  }
}

// Every so many steps one update with the mean of the gradients since.
void accumulate(Lowering& lowering, const Optimizer& o, ir::Values gradients) {
  const std::int64_t steps = *o.common.gradient_accumulation_steps;
  const ir::Value now = is_multiple(read(lowering, o.iteration) + 1.0, steps);
  ir::Values sums;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    ir::Value& g = gradients[i];
    sums.push_back(g ? g + read(lowering, o.accumulators[i]) : ir::Value{});
    if (g) g = sums.back() / double(steps);
  }
  only_if(lowering, o, now, [&] { update_variables(lowering, o, gradients); });
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (sums[i]) assign(lowering, o.accumulators[i], ir::select(now, ir::constant_like(sums[i], 0), sums[i]));
}

}  // namespace

ir::Value iterations_of(Lowering& lowering, const Optimizer& o) {
  const ir::Value iteration = read(lowering, o.iteration);
  if (!o.common.gradient_accumulation_steps) return iteration;
  return ir::binary("floor_divide", iteration,
                    ir::constant_like(iteration, double(*o.common.gradient_accumulation_steps)));
}

ir::Value scale_loss(Lowering& lowering, const Optimizer& o, ir::Value loss) {
  if (o.def->loss_scale) {
    const ir::Value scale = o.def->loss_scale(o.config.get(), lowering, o);
    return scale ? loss * ir::cast(scale, loss.dtype()) : loss;
  }
  return o.common.loss_scale_factor ? loss * o.common.loss_scale_factor->value : loss;
}

void apply_gradients(Lowering& lowering, const Optimizer& o, const ir::Values& gradients,
                     const Constrain& constrain) {
  assume(o.built() && gradients.size() == o.trained.size(), "one gradient per variable of a built optimizer");
  if (o.def->apply) return o.def->apply(o.config.get(), lowering, o, gradients, constrain);
  ir::Values unscaled = gradients;
  if (o.common.loss_scale_factor)
    for (ir::Value& g : unscaled)
      if (g) g = g / o.common.loss_scale_factor->value;
  if (o.common.gradient_accumulation_steps)
    accumulate(lowering, o, std::move(unscaled));
  else
    update_variables(lowering, o, std::move(unscaled));
  update_averages(lowering, o, gradients);
  for (std::size_t i = 0; constrain && i < gradients.size(); ++i)
    if (gradients[i]) assign(lowering, o.trained[i], constrain(o.trained[i], read(lowering, o.trained[i])));
  assign(lowering, o.iteration, read(lowering, o.iteration) + 1.0);
}

void only_if(Lowering& lowering, const Optimizer& o, ir::Value condition, const std::function<void()>& body) {
  std::vector<VariablePtr> touched = o.state();
  touched.insert(touched.end(), o.trained.begin(), o.trained.end());
  ir::Values before;
  for (const VariablePtr& variable : touched) before.push_back(read(lowering, variable));
  body();
  for (std::size_t i = 0; i < touched.size(); ++i) {
    const ir::Value after = read(lowering, touched[i]);
    if (!(after == before[i])) assign(lowering, touched[i], ir::select(condition, after, before[i]));
  }
}

UpdateContext::UpdateContext(Lowering& lowering, const Optimizer& optimizer, std::size_t index,
                             ir::Value gradient, ir::Value learning_rate)
    : optimizer(optimizer),
      lowering_(lowering),
      index_(index),
      gradient_(gradient),
      learning_rate_(learning_rate) {}

bool UpdateContext::legacy() const { return is_legacy(optimizer.dialect); }
ir::Value UpdateContext::variable() const { return read(lowering_, optimizer.trained[index_]); }
void UpdateContext::set_variable(ir::Value value) { assign(lowering_, optimizer.trained[index_], value); }
bool UpdateContext::has(std::string_view slot) const { return optimizer.find_slot(index_, slot); }
ir::Value UpdateContext::slot(std::string_view name) const {
  return read(lowering_, optimizer.find_slot(index_, name)->variable);
}
ir::Value UpdateContext::set_slot(std::string_view name, ir::Value value) {
  assign(lowering_, optimizer.find_slot(index_, name)->variable, value);
  return value;
}
ir::Value UpdateContext::shared(std::string_view name) const {
  return ir::cast(read(lowering_, optimizer.shared_variable(name)), gradient_.dtype());
}
ir::Value UpdateContext::step() const {
  return ir::cast(iterations_of(lowering_, optimizer) + 1.0, gradient_.dtype());
}
ir::Value UpdateContext::complement(double value) const {
  return legacy() ? 1.0 - constant(value) : constant(1 - value);
}
ir::Value UpdateContext::power_of_step(double value) const {
  return ir::binary("power", constant(value), step());
}

}  // namespace keratin::train
