#include <algorithm>

#include "runtime/api/callbacks/monitor.h"
#include "runtime/core/error.h"

namespace keratin {
inline namespace v1 {

struct ReduceLROnPlateau::State {
  ReduceLROnPlateauOptions options;
  Monitor monitor;
  std::int64_t wait = 0, cooldown = 0;
  std::optional<double> best;
};

ReduceLROnPlateau::ReduceLROnPlateau(const ReduceLROnPlateauOptions& o)
    : state_(
          std::make_shared<State>(State{o, Monitor(o.monitor, o.mode, o.min_delta, "ReduceLROnPlateau")})) {
  check(o.factor < 1, ErrorCode::invalid_argument, "ReduceLROnPlateau: factor ", o.factor,
        ": expected less than 1");
}

void ReduceLROnPlateau::on_train_begin(Model&) {
  state_->wait = state_->cooldown = 0;
  state_->best.reset();
}

void ReduceLROnPlateau::on_epoch_end(Model& model, std::int64_t, Logs& logs) {
  State& s = *state_;
  const double rate = model.learning_rate();
  log_learning_rate(model, logs);
  const std::optional<double> current = s.monitor.value(logs);
  if (!current) return;
  if (s.cooldown > 0) --s.cooldown, s.wait = 0;
  if (s.monitor.improves(model, *current, s.best)) {
    s.best = current;
    s.wait = 0;
  } else if (s.cooldown == 0 && ++s.wait >= s.options.patience &&
             rate > static_cast<double>(static_cast<float>(s.options.min_lr))) {
    model.set_learning_rate(std::max(rate * s.options.factor, s.options.min_lr));
    s.cooldown = s.options.cooldown;
    s.wait = 0;
  }
}

NamedTensors ReduceLROnPlateau::state() const {
  NamedTensors state = {{"wait", number_tensor(static_cast<double>(state_->wait))},
                        {"cooldown", number_tensor(static_cast<double>(state_->cooldown))}};
  if (state_->best) state.emplace_back("best", number_tensor(*state_->best));
  return state;
}

void ReduceLROnPlateau::set_state(const NamedTensors& state) {
  state_->wait = count_of(state, "wait");
  state_->cooldown = count_of(state, "cooldown");
  state_->best = find_number(state, "best");
}

}  // namespace v1
}  // namespace keratin
