// Snapshot: the values of a graph's variables at one moment, by index. Immutable in what it says; where the
// bytes are may change once: values read in place from a file's mapping are copied into owned memory behind
// the first run.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "keratin/tensor.h"

namespace keratin::exec {

using TensorsPtr = std::shared_ptr<const std::vector<Tensor>>;

struct LentValues {
  std::mutex mutex;
  TensorsPtr tensors;
  std::function<Tensor(std::size_t index)>
      own;  // an owned copy, the same when asked again; empty once all are
  std::function<void(std::size_t index)> forget;  // its mapped pages; runs may have brought them back
};

struct Snapshot {
  std::vector<Tensor> values;
  std::shared_ptr<LentValues> lent = nullptr;  // set: these instead of values
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// The tensors as they are now; the pointer keeps them, and a mapping that they are lent from.
inline TensorsPtr tensors_of(const SnapshotPtr& snapshot) {
  if (!snapshot->lent) return TensorsPtr(snapshot, &snapshot->values);
  const std::lock_guard lock(snapshot->lent->mutex);
  return snapshot->lent->tensors;
}
inline bool is_lent(const Snapshot& snapshot) {
  if (!snapshot.lent) return false;
  const std::lock_guard lock(snapshot.lent->mutex);
  return snapshot.lent->own != nullptr;
}
// The mapped pages of a lent value that won't be read soon; the next reader brings them back.
inline void forget_pages(const SnapshotPtr& snapshot, std::size_t index) {
  if (!snapshot->lent) return;
  const std::lock_guard lock(snapshot->lent->mutex);
  if (snapshot->lent->own) snapshot->lent->forget(index);
}
// Copies the lent values that `which` has (empty: all). Throws Error{io, corrupt_file, out_of_memory}; the
// lent ones then stay.
inline TensorsPtr settle(const SnapshotPtr& snapshot, const std::vector<bool>& which = {}) {
  if (!snapshot->lent) return tensors_of(snapshot);
  LentValues& lent = *snapshot->lent;
  const std::lock_guard lock(lent.mutex);
  if (!lent.own) return lent.tensors;
  std::vector<Tensor> tensors = *lent.tensors;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!which.empty() && !which[i]) continue;
    tensors[i] = lent.own(i);
    lent.forget(i);
  }
  lent.tensors = std::make_shared<const std::vector<Tensor>>(std::move(tensors));
  if (which.empty()) lent.own = nullptr;
  return lent.tensors;
}

}  // namespace keratin::exec
