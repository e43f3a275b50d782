#include "runtime/api/callbacks/monitor.h"

namespace keratin {
inline namespace v1 {

struct EarlyStopping::State {
  EarlyStoppingOptions options;
  Monitor monitor;
  std::int64_t wait = 0, stopped_epoch = 0;
  std::optional<double> best;
  std::optional<std::vector<Tensor>> best_weights;
};

EarlyStopping::EarlyStopping(const EarlyStoppingOptions& o)
    : state_(std::make_shared<State>(State{o, Monitor(o.monitor, o.mode, o.min_delta, "EarlyStopping")})) {}

std::int64_t EarlyStopping::stopped_epoch() const { return state_->stopped_epoch; }

void EarlyStopping::on_train_begin(Model&) {
  state_->wait = state_->stopped_epoch = 0;
  state_->best.reset();
  state_->best_weights.reset();
}

void EarlyStopping::on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) {
  State& s = *state_;
  const std::optional<double> current = s.monitor.value(logs);
  if (!current || epoch < s.options.start_from_epoch) return;
  if (s.options.restore_best_weights && !s.best_weights) s.best_weights = model.get_weights();
  ++s.wait;
  if (s.monitor.improves(model, *current, s.best)) {
    s.best = current;
    if (s.options.restore_best_weights) s.best_weights = model.get_weights();
    if (!s.options.baseline || s.monitor.improves(model, *current, s.options.baseline)) s.wait = 0;
    return;
  }
  if (s.wait < s.options.patience || epoch == 0) return;
  s.stopped_epoch = epoch;
  model.stop_training();
}

void EarlyStopping::on_train_end(Model& model, const Logs&) {
  if (state_->best_weights) model.set_weights(*state_->best_weights);
}

NamedTensors EarlyStopping::state() const {
  const State& s = *state_;
  NamedTensors state = {{"wait", number_tensor(static_cast<double>(s.wait))},
                        {"stopped_epoch", number_tensor(static_cast<double>(s.stopped_epoch))}};
  if (s.best) state.emplace_back("best", number_tensor(*s.best));
  if (s.best_weights)
    for (const Tensor& weight : *s.best_weights) state.emplace_back("best_weights", weight);
  return state;
}

void EarlyStopping::set_state(const NamedTensors& state) {
  State& s = *state_;
  s.wait = count_of(state, "wait");
  s.stopped_epoch = count_of(state, "stopped_epoch");
  s.best = find_number(state, "best");
  s.best_weights.reset();
  for (const auto& [name, tensor] : state) {
    if (name != "best_weights") continue;
    if (!s.best_weights) s.best_weights.emplace();
    s.best_weights->push_back(tensor);
  }
}

}  // namespace v1
}  // namespace keratin
