// Keras' callbacks: {.callbacks = {EarlyStopping({.patience = 3}), ModelCheckpoint("best.keras")}}.
// monitor: a name of the logs. mode: auto (by the metric), min or max. A monitor that the logs don't have is
// told once on stderr, with the names that they have.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "keratin/fit.h"

namespace keratin {
inline namespace v1 {

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
class KERATIN_API EarlyStopping : public Callback {
 public:
  explicit EarlyStopping(const EarlyStoppingOptions& options = {});
  void on_train_begin(Model& model) override;
  void on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) override;
  void on_train_end(Model& model, const Logs& logs) override;
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
class KERATIN_API ModelCheckpoint : public Callback {
 public:
  explicit ModelCheckpoint(const std::string& path, const ModelCheckpointOptions& options = {});
  void on_epoch_begin(Model& model, std::int64_t epoch) override;
  void on_train_batch_end(Model& model, std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) override;
  bool wants_batch_logs() const override;

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
class KERATIN_API ReduceLROnPlateau : public Callback {
 public:
  explicit ReduceLROnPlateau(const ReduceLROnPlateauOptions& options = {});
  void on_train_begin(Model& model) override;
  void on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) override;

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
class KERATIN_API CSVLogger : public Callback {
 public:
  explicit CSVLogger(const std::string& path, const std::string& separator = ",", bool append = false);
  void on_train_begin(Model& model) override;
  void on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Ends the training when the loss of a batch is no number.
class KERATIN_API TerminateOnNaN : public Callback {
 public:
  void on_train_batch_end(Model& model, std::int64_t batch, const Logs& logs) override;
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
