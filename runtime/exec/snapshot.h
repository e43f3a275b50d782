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
  std::function<std::vector<Tensor>()> own;  // makes owned copies; empty once that is done
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
// Copies lent values. Throws Error{io, corrupt_file, out_of_memory}; the lent ones then stay.
inline TensorsPtr settle(const SnapshotPtr& snapshot) {
  if (!snapshot->lent) return tensors_of(snapshot);
  const std::lock_guard lock(snapshot->lent->mutex);
  if (snapshot->lent->own) {
    snapshot->lent->tensors = std::make_shared<const std::vector<Tensor>>(snapshot->lent->own());
    snapshot->lent->own = nullptr;
  }
  return snapshot->lent->tensors;
}

}  // namespace keratin::exec
