#include "keratin/callbacks.h"

namespace keratin {
inline namespace v1 {
namespace {

template <class... Parameters, class... Arguments>
void call(const std::function<void(Parameters...)>& function, Arguments&&... arguments) {
  if (function) function(std::forward<Arguments>(arguments)...);
}

}  // namespace

LambdaCallback::LambdaCallback(LambdaFunctions functions) : functions_(std::move(functions)) {}
void LambdaCallback::on_train_begin(Model& model) { call(functions_.on_train_begin, model); }
void LambdaCallback::on_train_end(Model& model, const Logs& logs) {
  call(functions_.on_train_end, model, logs);
}
void LambdaCallback::on_epoch_begin(Model& model, std::int64_t epoch) {
  call(functions_.on_epoch_begin, model, epoch);
}
void LambdaCallback::on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) {
  call(functions_.on_epoch_end, model, epoch, logs);
}
void LambdaCallback::on_train_batch_begin(Model& model, std::int64_t batch) {
  call(functions_.on_train_batch_begin, model, batch);
}
void LambdaCallback::on_train_batch_end(Model& model, std::int64_t batch, const Logs& logs) {
  call(functions_.on_train_batch_end, model, batch, logs);
}
bool LambdaCallback::wants_batch_logs() const { return functions_.on_train_batch_end != nullptr; }

}  // namespace v1
}  // namespace keratin
