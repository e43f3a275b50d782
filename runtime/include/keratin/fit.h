// Training and evaluating: data, options, what comes back, and callbacks.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/data.h"
#include "keratin/export.h"

namespace keratin {
inline namespace v1 {

class Model;

// Numbers by Keras' names ("loss", "accuracy", "val_loss"). A metric that gives several has them as
// "name[0]", "name[1]" …
using Logs = std::vector<std::pair<std::string, double>>;

// Arrays by the names of the model's inputs and outputs, or as x0 x1 …, y0 y1 … by position; x, y where there
// is one. sample_weight: one for all outputs, or by their names. Axis 0 counts samples.
struct Arrays {
  NamedTensors x, y = {}, sample_weight = {};
};

// Batches made while training runs. Called from a thread of its own, one call at a time.
class KERATIN_API Generator {
 public:
  virtual ~Generator();
  // The next batch of this epoch, or none at its end.
  virtual std::optional<Arrays> next() = 0;
  // Before each epoch.
  virtual void begin(std::int64_t epoch) = 0;
  // Leaves out the first batches of the epoch that was begun, so that a backup can go on there. False: it
  // can't.
  virtual bool seek(std::int64_t) { return false; }
  // Batches of an epoch; -1: not known.
  virtual std::int64_t batches() const { return -1; }
};

class KERATIN_API Dataset {
 public:
  Dataset() = default;
  Dataset(Tensor x, Tensor y);
  Dataset(Tensor x, Tensor y, Tensor sample_weight);
  Dataset(Arrays arrays) : arrays(std::move(arrays)) {}
  Dataset(std::shared_ptr<Generator> generator) : generator(std::move(generator)) {}
  // A .npz file with the keys x, x0 x1 … or x:<input>, y, y0 y1 … or y:<output>, and sample_weight or
  // sample_weight:<output>. Throws as read_npz does, and Error{data_mismatch} for any other key.
  static Dataset read(const std::string& path);

  bool empty() const { return arrays.x.empty() && !generator; }
  Arrays arrays;
  std::shared_ptr<Generator> generator;  // set: these instead of arrays
};

// Told of a training as it goes. An exception ends it.
class KERATIN_API Callback {
 public:
  virtual ~Callback();
  virtual void on_train_begin(Model&) {}
  virtual void on_train_end(Model&, const Logs&) {}
  virtual void on_epoch_begin(Model&, std::int64_t) {}
  // The logs of training and, prefixed with val_, of validation. What is added, later callbacks and History
  // see.
  virtual void on_epoch_end(Model&, std::int64_t, Logs&) {}
  virtual void on_train_batch_begin(Model&, std::int64_t) {}
  virtual void on_train_batch_end(Model&, std::int64_t, const Logs&) {}
  virtual void on_test_begin(Model&) {}
  virtual void on_test_end(Model&, const Logs&) {}
  virtual void on_test_batch_end(Model&, std::int64_t, const Logs&) {}
  // Whether the logs of every batch are wanted: else those functions get the batch's loss alone, which spares
  // working out the metrics.
  virtual bool wants_batch_logs() const { return false; }
};

// Any callback by value or by pointer: {.callbacks = {keratin::EarlyStopping{}, my_callback}}.
class AnyCallback {
 public:
  template <class T>
  requires std::derived_from<std::decay_t<T>, Callback> AnyCallback(T&& callback)
      : callback_(std::make_shared<std::decay_t<T>>(std::forward<T>(callback))) {}
  template <class T>
  requires std::derived_from<T, Callback> AnyCallback(std::shared_ptr<T> callback)
      : callback_(std::move(callback)) {}
  Callback& operator*() const { return *callback_; }
  Callback* operator->() const { return callback_.get(); }

 private:
  std::shared_ptr<Callback> callback_;
};

// The weight of a class's samples in the loss, by its number; 1 for others. For models of one output.
using ClassWeight = std::map<std::int64_t, double>;

enum class Verbose { silent, bar, line };  // bar: one line per epoch where stderr is no terminal

struct FitOptions {
  std::int64_t batch_size = 32;
  std::int64_t epochs = 1;
  std::int64_t initial_epoch = 0;
  std::int64_t steps_per_epoch = 0;  // 0: as many as the data has
  bool shuffle = true;               // arrays, before every epoch
  std::uint64_t seed = 0;            // of shuffling
  Dataset validation = {};
  double validation_split = 0;             // the last part of the arrays, before shuffling
  std::int64_t validation_batch_size = 0;  // 0: batch_size
  std::int64_t validation_steps = 0;
  std::int64_t validation_freq = 1;
  ClassWeight class_weight = {};
  std::vector<AnyCallback> callbacks = {};
  Verbose verbose = Verbose::bar;
};

struct EvaluateOptions {
  std::int64_t batch_size = 32;
  std::int64_t steps = 0;  // 0: all
  std::vector<AnyCallback> callbacks = {};
  Verbose verbose = Verbose::bar;
};

struct History {
  std::vector<std::int64_t> epoch;
  std::vector<std::pair<std::string, std::vector<double>>> history;  // per epoch, by name
  std::vector<double> batch_loss;  // every batch's own total loss, all epochs in one list
  // Throws Error{invalid_argument} when there is none of this name.
  KERATIN_API const std::vector<double>& operator[](const std::string& name) const;
};

}  // namespace v1
}  // namespace keratin
