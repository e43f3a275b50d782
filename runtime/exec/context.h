// Context: one thread's way to run an executable: arena, pointers, prepared weights of a snapshot.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "runtime/exec/executable.h"
#include "runtime/exec/pointers.h"
#include "runtime/exec/snapshot.h"

namespace keratin::exec {

// What an executable derives from a snapshot: folded values, made before the first run; and, made on a thread
// of their own after it, packed weights and then owned copies of lent values. Shared by the contexts of both.
class Prepared {
 public:
  Prepared(std::shared_ptr<const Executable> executable, SnapshotPtr snapshot);
  ~Prepared();

  const Executable& executable() const { return *executable_; }
  const SnapshotPtr& snapshot() const { return snapshot_; }
  // Raised whenever bindings change; 0 before anything is packed or copied.
  int generation() const { return generation_.load(std::memory_order_acquire); }
  // Variables, prepared and packed. The tensors must be kept while the bindings are used.
  struct Bound {
    Bindings bindings;
    TensorsPtr tensors;
    std::shared_ptr<const std::vector<const void*>> variables;
    int generation = 0;
  };
  Bound bound() const;
  // Packs and copies, now.
  void finish();
  // The same on a thread of its own, in a moment: a process that wants one answer is spared it. A second call
  // starts it at once.
  void finish_later();

 private:
  void pack();
  void settle();
  void publish(TensorsPtr tensors);
  void wait_a_moment();
  std::shared_ptr<const Executable> executable_;
  SnapshotPtr snapshot_;
  mutable std::mutex mutex_;
  TensorsPtr tensors_;  // the variables: lent ones, later owned ones
  std::shared_ptr<const std::vector<const void*>> pointers_;
  std::vector<Tensor> values_;
  std::vector<void*> prepared_;
  Tensor packed_values_;  // all in one piece
  std::vector<const void*> packed_;
  std::atomic<int> generation_{0};
  std::atomic<bool> cancel_{false};
  std::once_flag finished_;
  std::condition_variable wake_;
  bool wanted_ = false, hurry_ = false;  // with mutex_
  std::thread worker_;
};

class Context {
 public:
  Context(std::shared_ptr<Prepared> prepared, std::shared_ptr<Team> team);

  // Pointers to dense tensors of the graph's input, output and update types, in order. No allocation.
  // Without updates, they go to the state that was given.
  void run(const void* const* inputs, void* const* outputs, void* const* updates = nullptr);
  // The variables that the graph updates: each run reads these in their place and then overwrites them. One
  // per update, in order; their bytes stay the caller's, too.
  void carry(std::vector<Tensor> state);
  // The same in memory that the caller keeps.
  void carry(std::vector<void*> state);
  // Values of the snapshot for these variables.
  static std::vector<Tensor> initial_state(const Prepared& prepared);
  const Executable& executable() const { return prepared_->executable(); }

 private:
  void bind();
  std::shared_ptr<Prepared> prepared_;
  std::shared_ptr<Team> team_;
  Tensor arena_;
  PointerLayout layout_;
  std::vector<void*> pointers_;
  Prepared::Bound bound_;
  std::vector<void*> state_;            // per update
  std::vector<Tensor> carried_, next_;  // per update; next_: of those that aren't made in place
  std::vector<void*> next_pointers_;
  std::vector<const void*> variables_;  // the snapshot's, but for those of state_
  bool poison_ = false;
};

}  // namespace keratin::exec
