// Backup: the file of BackupAndRestore: all of a fit that is needed to go on as if nothing had been.
#pragma once

#include "keratin/callbacks.h"
#include "runtime/api/training.h"

namespace keratin {
inline namespace v1 {

// Where the batches are: which pass over the data runs, if one does, and how many of its batches were taken.
struct FeedPlace {
  std::int64_t next_pass = 0, taken = 0;
  bool running = false;
};

// Where a fit is: so many steps into this epoch.
struct FitPlace {
  std::int64_t epoch = 0, step = 0;
  bool stopped = false;  // by a callback
  FeedPlace train, validation;
};

class Backup {
 public:
  // settings: numbers that a fit must share with the one that is continued.
  Backup(const BackupAndRestore& callback, Model& model, std::vector<std::int64_t> settings);

  // Brings model, optimizer, metrics, callbacks and history to where the file says; none: there is no file.
  // Throws Error{data_mismatch, corrupt_file}; nothing was changed then.
  std::optional<FitPlace> restore(const std::vector<AnyCallback>& callbacks, History& history);
  void save(const FitPlace& place, const std::vector<AnyCallback>& callbacks, const History& history);
  // A multiple of its batches, or the epoch's end.
  bool is_due_after(std::int64_t steps) const;
  bool is_due_at_epoch_end() const;
  void finish();  // the training has ended

 private:
  std::vector<VariablePtr> variables() const;
  const BackupAndRestore& callback_;
  Model& model_;
  Training& training_;
  std::vector<std::int64_t> settings_;
  std::string path_;
};

}  // namespace v1
}  // namespace keratin
