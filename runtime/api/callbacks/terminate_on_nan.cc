#include <cmath>
#include <cstdio>

#include "keratin/callbacks.h"
#include "keratin/model.h"

namespace keratin {
inline namespace v1 {

void TerminateOnNaN::on_train_batch_end(Model& model, std::int64_t batch, const Logs& logs) {
  for (const auto& [name, value] : logs) {
    if (name != "loss" || std::isfinite(value)) continue;
    std::fprintf(stderr, "batch %lld: the loss is %g; the training ends\n", static_cast<long long>(batch),
                 value);
    model.stop_training();
  }
}

}  // namespace v1
}  // namespace keratin
