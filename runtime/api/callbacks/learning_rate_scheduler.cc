#include "runtime/api/callbacks/monitor.h"

namespace keratin {
inline namespace v1 {

LearningRateScheduler::LearningRateScheduler(std::function<double(std::int64_t, double)> schedule)
    : schedule_(std::move(schedule)) {}

void LearningRateScheduler::on_epoch_begin(Model& model, std::int64_t epoch) {
  model.set_learning_rate(schedule_(epoch, model.learning_rate()));
}

void LearningRateScheduler::on_epoch_end(Model& model, std::int64_t, Logs& logs) {
  log_learning_rate(model, logs);
}

}  // namespace v1
}  // namespace keratin
