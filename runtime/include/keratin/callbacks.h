// Keras' callbacks: {.callbacks = {EarlyStopping({.patience = 3}), ModelCheckpoint("best.keras")}}.
// monitor: a name of the logs. mode: auto (by the metric), min or max. A monitor that the logs don't have is
// told once on stderr, with the names that they have.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "keratin/fit.h"

namespace keratin {
inline namespace v1 {

// A callback that remembers something between epochs: BackupAndRestore keeps it, and gives it back behind
// on_train_begin.
class KERATIN_API ResumableCallback : public Callback {
 public:
  virtual NamedTensors state() const = 0;
  virtual void set_state(const NamedTensors& state) = 0;
};

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0;  // less than this is no improvement
  std::int64_t patience = 0;
  std::string mode = "auto";
  std::optional<double> baseline = {};
  bool restore_best_weights = false;
  std::int64_t start_from_epoch = 0;
};
// Ends the training when the monitor has stopped improving.
class KERATIN_API EarlyStopping : public ResumableCallback {
 public:
  explicit EarlyStopping(const EarlyStoppingOptions& options = {});
  void on_train_begin(Model& model) override;
  void on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) override;
  void on_train_end(Model& model, const Logs& logs) override;
  NamedTensors state() const override;
  void set_state(const NamedTensors& state) override;
  std::int64_t stopped_epoch() const;  // 0: it ran to the end

 private:
  struct State;
  std::shared_ptr<State> state_;
};

struct ModelCheckpointOptions {
  std::string monitor = "val_loss";
  bool save_best_only = false;
  bool save_weights_only = false;
  std::string mode = "auto";
  std::int64_t save_freq = 0;  // batches; 0: every epoch
  std::optional<double> initial_value_threshold = {};
};
// Saves the model. The path may hold {epoch:02d}, {batch:03d} and {val_loss:.2f}.
class KERATIN_API ModelCheckpoint : public ResumableCallback {
 public:
  explicit ModelCheckpoint(const std::string& path, const ModelCheckpointOptions& options = {});
  void on_epoch_begin(Model& model, std::int64_t epoch) override;
  void on_train_batch_end(Model& model, std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) override;
  bool wants_batch_logs() const override;
  NamedTensors state() const override;
  void set_state(const NamedTensors& state) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;
  std::int64_t patience = 10;
  std::string mode = "auto";
  double min_delta = 1e-4;
  std::int64_t cooldown = 0;
  double min_lr = 0;
};
// Lowers the learning rate when the monitor has stopped improving.
class KERATIN_API ReduceLROnPlateau : public ResumableCallback {
 public:
  explicit ReduceLROnPlateau(const ReduceLROnPlateauOptions& options = {});
  void on_train_begin(Model& model) override;
  void on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) override;
  NamedTensors state() const override;
  void set_state(const NamedTensors& state) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// The learning rate of an epoch, of its number and of the rate so far.
class KERATIN_API LearningRateScheduler : public Callback {
 public:
  explicit LearningRateScheduler(std::function<double(std::int64_t epoch, double rate)> schedule);
  void on_epoch_begin(Model& model, std::int64_t epoch) override;
  void on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) override;

 private:
  std::function<double(std::int64_t, double)> schedule_;
};

// A line per epoch.
class KERATIN_API CSVLogger : public ResumableCallback {
 public:
  explicit CSVLogger(const std::string& path, const std::string& separator = ",", bool append = false);
  void on_train_begin(Model& model) override;
  void on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) override;
  NamedTensors state() const override;
  void set_state(const NamedTensors& state) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Ends the training when the loss of a batch is no number.
class KERATIN_API TerminateOnNaN : public Callback {
 public:
  void on_train_batch_end(Model& model, std::int64_t batch, const Logs& logs) override;
};

struct TensorBoardOptions {
  std::string log_dir = "logs";
  std::int64_t update_freq = 0;  // batches between logs of single ones; 0: none
};
// Numbers that TensorBoard shows: "epoch_loss" … in log_dir/train and log_dir/validation.
class KERATIN_API TensorBoard : public ResumableCallback {
 public:
  explicit TensorBoard(TensorBoardOptions options = {}) : options_(std::move(options)) {}
  void on_train_begin(Model& model) override;
  void on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) override;
  void on_train_batch_end(Model& model, std::int64_t batch, const Logs& logs) override;
  void on_train_end(Model& model, const Logs& logs) override;
  bool wants_batch_logs() const override { return options_.update_freq > 0; }
  NamedTensors state() const override;
  void set_state(const NamedTensors& state) override;

 private:
  class Events;
  Events& train();
  TensorBoardOptions options_;
  std::int64_t batches_ = 0;  // of the whole training
  std::shared_ptr<Events> train_, validation_;
};

struct BackupAndRestoreOptions {
  std::int64_t save_freq = 0;     // batches; 0: every epoch
  bool delete_checkpoint = true;  // when the training has ended
};
// A training that was killed goes on where it was and ends at the same weights, bit for bit, as one that
// wasn't: called again with the same data and options, fit begins with what is in the folder. The file there
// appears whole or not at all; it holds weights, optimizer, seeds, metrics, history, the place in the data
// and the state of ResumableCallbacks. fit throws Error{invalid_argument} for a generator that can't seek,
// and Error{data_mismatch} for a backup of another model or of a fit with other options.
class KERATIN_API BackupAndRestore : public Callback {
 public:
  explicit BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options = {});
  const std::string& backup_dir() const { return backup_dir_; }
  const BackupAndRestoreOptions& options() const { return options_; }
  // Deletes the file, and the folder when it is empty then.
  void remove() const;

 private:
  std::string backup_dir_;
  BackupAndRestoreOptions options_;
};

// Functions as a callback; empty ones are left out.
struct LambdaFunctions {
  std::function<void(Model&)> on_train_begin = {};
  std::function<void(Model&, const Logs&)> on_train_end = {};
  std::function<void(Model&, std::int64_t)> on_epoch_begin = {};
  std::function<void(Model&, std::int64_t, Logs&)> on_epoch_end = {};
  std::function<void(Model&, std::int64_t)> on_train_batch_begin = {};
  std::function<void(Model&, std::int64_t, const Logs&)> on_train_batch_end = {};
};
class KERATIN_API LambdaCallback : public Callback {
 public:
  explicit LambdaCallback(LambdaFunctions functions);
  void on_train_begin(Model& model) override;
  void on_train_end(Model& model, const Logs& logs) override;
  void on_epoch_begin(Model& model, std::int64_t epoch) override;
  void on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) override;
  void on_train_batch_begin(Model& model, std::int64_t batch) override;
  void on_train_batch_end(Model& model, std::int64_t batch, const Logs& logs) override;
  bool wants_batch_logs() const override;

 private:
  LambdaFunctions functions_;
};

}  // namespace v1
}  // namespace keratin
