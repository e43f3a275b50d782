// Context: one thread's way to run an executable: arena, pointers, prepared weights of a snapshot.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "runtime/exec/executable.h"
#include "runtime/exec/pointers.h"

namespace keratin::exec {

// The values of a graph's variables at one moment, by index. Immutable.
struct Snapshot {
  std::vector<Tensor> values;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// What an executable derives from a snapshot: folded values, made before the first run, and packed weights,
// made on a thread of their own after it. Shared by the contexts of that executable and snapshot.
class Prepared {
 public:
  Prepared(std::shared_ptr<const Executable> executable, SnapshotPtr snapshot);
  ~Prepared();

  const Executable& executable() const { return *executable_; }
  const SnapshotPtr& snapshot() const { return snapshot_; }
  Bindings bindings() const;  // variables, prepared, packed (once ready)
  bool packed() const { return packed_ready_.load(std::memory_order_acquire); }
  // Starts packing once; wait: returns when it is done.
  void start_packing(bool wait);

 private:
  void pack();
  std::shared_ptr<const Executable> executable_;
  SnapshotPtr snapshot_;
  std::vector<const void*> variables_;
  std::vector<Tensor> values_;
  std::vector<void*> prepared_;
  std::vector<Tensor> packed_values_;
  std::vector<const void*> packed_;
  std::atomic<bool> packed_ready_{false}, cancel_{false};
  std::once_flag started_;
  std::thread worker_;
};

class Context {
 public:
  Context(std::shared_ptr<Prepared> prepared, std::shared_ptr<Team> team);

  // Pointers to dense tensors of the graph's input, output and update types, in order. No allocation.
  void run(const void* const* inputs, void* const* outputs, void* const* updates = nullptr);
  const Executable& executable() const { return prepared_->executable(); }

 private:
  std::shared_ptr<Prepared> prepared_;
  std::shared_ptr<Team> team_;
  Tensor arena_;
  PointerLayout layout_;
  std::vector<void*> pointers_;
  Bindings bindings_;
  bool packed_bound_ = false, poison_ = false;
};

}  // namespace keratin::exec
