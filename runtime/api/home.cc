#include "runtime/api/home.h"

#include "runtime/core/error.h"

namespace keratin {
inline namespace v1 {

void Use::begin_reading(const keras::Layer& model) {
  int users = users_.load(std::memory_order_relaxed);
  do {
    check(users >= 0, ErrorCode::busy, "model \"", model.name,
          "\" is being changed by another call; wait for it, or use a Predictor made before");
  } while (!users_.compare_exchange_weak(users, users + 1, std::memory_order_acquire));
}

void Use::begin_writing(const keras::Layer& model) {
  int nobody = 0;
  check(users_.compare_exchange_strong(nobody, -1, std::memory_order_acquire), ErrorCode::busy, "model \"",
        model.name, nobody < 0 ? "\" is being changed by another call" : "\" is being read by another call",
        "; changing it needs exclusive use: wait for the other, or let readers use Predictors");
}

const std::map<keras::TensorRef, keras::Symbolic>& Home::tensors() {
  std::lock_guard lock(mutex);
  if (!made_tensors) made_tensors = keras::symbolic_tensors(*model);
  return *made_tensors;
}

}  // namespace v1
}  // namespace keratin
