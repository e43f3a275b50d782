// fit, evaluate, train_on_batch, test_on_batch.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "runtime/api/arrays.h"
#include "runtime/api/backup.h"
#include "runtime/api/progress.h"
#include "runtime/api/training.h"
#include "runtime/core/error.h"
#include "runtime/train/feed.h"

namespace keratin {
inline namespace v1 {
namespace {

using train::Batch;
using train::Feed;

// What the model takes and gives, to match arrays with.
struct Ends {
  std::vector<TensorSpec> inputs, outputs;
  explicit Ends(const Model& model) : inputs(model.input_specs()), outputs(model.output_specs()) {}
  Batch batch(const Arrays& arrays, const ClassWeight& weights) const {
    return matched_batch(inputs, outputs, arrays, weights);
  }
};

class GeneratorFeed final : public Feed {
 public:
  GeneratorFeed(std::shared_ptr<Generator> generator, Ends ends, ClassWeight weights)
      : generator_(std::move(generator)), ends_(std::move(ends)), weights_(std::move(weights)) {}
  std::optional<Batch> next() override {
    const std::optional<Arrays> arrays = generator_->next();
    return arrays ? std::optional(ends_.batch(*arrays, weights_)) : std::nullopt;
  }
  void begin(std::int64_t pass) override { generator_->begin(pass); }
  bool skip(std::int64_t batches) override { return generator_->seek(batches); }
  std::int64_t batches() const override { return generator_->batches(); }

 private:
  std::shared_ptr<Generator> generator_;
  Ends ends_;
  ClassWeight weights_;
};

// One batch after the other through the epochs: as many steps as asked for, or a pass each.
class Steps {
 public:
  Steps(std::unique_ptr<Feed> feed, std::int64_t per_epoch) : feed_(std::move(feed)), per_epoch_(per_epoch) {
    check(per_epoch >= 0, ErrorCode::invalid_argument, "steps: ", per_epoch, ", expected 0 (all) or more");
  }

  std::int64_t expected() const { return per_epoch_ ? per_epoch_ : feed_->batches(); }
  void begin(std::int64_t epoch) {
    done_ = 0;
    if (!per_epoch_) start(epoch);
  }
  std::optional<Batch> next() {
    if (per_epoch_ && done_ >= per_epoch_) return std::nullopt;
    if (!place_.running) start(place_.next_pass);
    std::optional<Batch> batch = feed_->next();
    if (!batch && per_epoch_) {  // the next pass goes on within the epoch
      start(place_.next_pass);
      batch = feed_->next();
    }
    if (batch) ++done_, ++place_.taken;
    return batch;
  }

  const FeedPlace& place() const { return place_; }
  // Throws Error{invalid_argument} unless the data can begin anywhere.
  void check_seeks() {
    feed_->begin(0);
    check(feed_->skip(0), ErrorCode::invalid_argument,
          "BackupAndRestore: this generator can't go on in the middle; give it a seek()");
  }
  // Goes on at this place, so many steps into an epoch.
  void resume(const FeedPlace& place, std::int64_t done) {
    done_ = done;
    // Without a number of steps, an epoch begins its own pass.
    if (per_epoch_ == 0 && done == 0) return;
    place_ = place;
    if (!place.running) return;
    feed_->begin(place.next_pass - 1);
    check(feed_->skip(place.taken), ErrorCode::invalid_argument,
          "BackupAndRestore: this generator can't go on at batch ", place.taken);
  }

 private:
  void start(std::int64_t pass) {
    feed_->begin(pass);
    place_ = {pass + 1, 0, true};
  }
  std::unique_ptr<Feed> feed_;
  std::int64_t per_epoch_, done_ = 0;
  FeedPlace place_;
};

std::unique_ptr<Feed> prefetched(std::unique_ptr<Feed> feed) {
  return std::make_unique<train::Prefetch>(std::move(feed));
}

std::unique_ptr<Feed> feed_of(const Dataset& data, const Ends& ends, std::int64_t batch_size,
                              const ClassWeight& weights, bool shuffle, std::uint64_t seed) {
  check(!data.empty(), ErrorCode::data_mismatch, "there is no data");
  if (data.generator) return prefetched(std::make_unique<GeneratorFeed>(data.generator, ends, weights));
  return prefetched(
      std::make_unique<train::ArrayFeed>(ends.batch(data.arrays, weights), batch_size, shuffle, seed));
}

using Callbacks = std::vector<AnyCallback>;

bool wants_batch_logs(const Callbacks& callbacks) {
  return std::any_of(callbacks.begin(), callbacks.end(),
                     [](const AnyCallback& callback) { return callback->wants_batch_logs(); });
}

// All batches of an evaluation. The metrics are reset before.
Logs test_all(Model& model, Steps& steps, const Callbacks& callbacks, Verbose verbose) {
  Model::State& s = model.state();
  train::Trainer& trainer = *training_of(s).trainer;
  Progress progress(verbose, steps.expected());
  const bool batch_logs = wants_batch_logs(callbacks);
  trainer.reset();
  for (const AnyCallback& callback : callbacks) callback->on_test_begin(model);
  std::int64_t step = 0;
  while (const std::optional<Batch> batch = steps.next()) {
    double loss = 0;
    {
      const Writing writing(s.home);
      loss = trainer.test(*batch);
    }
    const Logs logs = batch_logs ? trainer.logs() : Logs{{"loss", loss}};
    for (const AnyCallback& callback : callbacks) callback->on_test_batch_end(model, step, logs);
    ++step;
    if (progress.due()) progress.update(step, trainer.logs());
  }
  check(step > 0, ErrorCode::data_mismatch, "the data holds no batch");
  Logs logs = trainer.logs();
  progress.finish(step, logs);
  for (const AnyCallback& callback : callbacks) callback->on_test_end(model, logs);
  return logs;
}

void append(History& history, std::int64_t epoch, const Logs& logs) {
  history.epoch.push_back(epoch);
  for (const auto& [name, value] : logs) {
    auto found = std::find_if(history.history.begin(), history.history.end(),
                              [&](const auto& entry) { return entry.first == name; });
    if (found == history.history.end()) found = history.history.insert(found, {name, {}});
    found->second.push_back(value);
  }
}

// One fit on its way.
class Fit {
 public:
  Fit(Model& model, const Dataset& data, const FitOptions& options)
      : model_(model), options_(options), training_(training_of(model.state())) {
    check(options.validation_freq > 0, ErrorCode::invalid_argument, "validation_freq ",
          options.validation_freq, ": expected a positive number");
    const Ends ends(model);
    split(data, ends);
    steps_.emplace(
        feed_of(train_, ends, options.batch_size, options.class_weight, options.shuffle, options.seed),
        options.steps_per_epoch);
    const std::int64_t size =
        options.validation_batch_size ? options.validation_batch_size : options.batch_size;
    if (!validation_.empty())
      tests_.emplace(feed_of(validation_, ends, size, {}, false, 0), options.validation_steps);
    prepare_backup();
  }

  History run() {
    training_.stop = false;
    for (const AnyCallback& callback : options_.callbacks) callback->on_train_begin(model_);
    FitPlace at{.epoch = options_.initial_epoch, .train = {}, .validation = {}};
    if (backup_) at = resumed(at);
    Logs logs;
    for (; at.epoch < options_.epochs && (at.step > 0 || !training_.stop); ++at.epoch, at.step = 0) {
      logs = run_epoch(at);
      for (const AnyCallback& callback : options_.callbacks) callback->on_epoch_end(model_, at.epoch, logs);
      append(history_, at.epoch, logs);
      if (backup_ && (backup_->is_due_at_epoch_end() || due_)) back_up(place_after(at.epoch + 1, 0));
    }
    if (training_.optimizer && options_.epochs > options_.initial_epoch) {
      const Writing writing(model_.state().home);
      training_.optimizer->finalize();
    }
    for (const AnyCallback& callback : options_.callbacks) callback->on_train_end(model_, logs);
    if (backup_) backup_->finish();
    return std::move(history_);
  }

 private:
  void prepare_backup() {
    for (const AnyCallback& callback : options_.callbacks) {
      const auto* wanted = dynamic_cast<const BackupAndRestore*>(&*callback);
      if (!wanted) continue;
      check(!backup_, ErrorCode::invalid_argument, "BackupAndRestore: two of them; give one");
      steps_->check_seeks();
      if (tests_ && options_.validation_steps > 0) tests_->check_seeks();
      backup_.emplace(
          *wanted, model_,
          std::vector<std::int64_t>{options_.batch_size, options_.steps_per_epoch, steps_->expected(),
                                    options_.shuffle, static_cast<std::int64_t>(options_.seed),
                                    options_.validation_steps, options_.initial_epoch});
    }
  }

  FitPlace resumed(const FitPlace& beginning) {
    const std::optional<FitPlace> at = backup_->restore(options_.callbacks, history_);
    if (!at) return beginning;
    steps_->resume(at->train, at->step);
    if (tests_ && options_.validation_steps > 0) tests_->resume(at->validation, 0);
    return *at;
  }

  FitPlace place_after(std::int64_t epoch, std::int64_t step) const {
    const FeedPlace validation = tests_ ? tests_->place() : FeedPlace();
    return {epoch, step, training_.stop, steps_->place(), validation};
  }
  void back_up(const FitPlace& place) {
    backup_->save(place, options_.callbacks, history_);
    due_ = false;
  }

  // validation_split takes the last samples.
  void split(const Dataset& data, const Ends& ends) {
    train_ = data;
    validation_ = options_.validation;
    const double part = options_.validation_split;
    if (part == 0 || !validation_.empty()) return;
    check(part > 0 && part < 1, ErrorCode::invalid_argument, "validation_split ", part,
          ": expected a number between 0 and 1");
    check(!data.generator, ErrorCode::invalid_argument, "validation_split: a generator can't be split");
    const std::int64_t samples = ends.batch(data.arrays, {}).size();
    const auto first = static_cast<std::int64_t>(std::floor(static_cast<double>(samples) * (1 - part)));
    check(first > 0 && first < samples, ErrorCode::data_mismatch, "validation_split ", part, " of ", samples,
          " samples leaves ", first, " to train on and ", samples - first, " to validate with");
    auto cut = [&](std::int64_t begin, std::int64_t count) {
      Arrays arrays = data.arrays;
      for (NamedTensors* tensors : {&arrays.x, &arrays.y, &arrays.sample_weight})
        for (auto& [name, tensor] : *tensors) tensor = train::rows_of(tensor, begin, count);
      return arrays;
    };
    train_ = cut(0, first);
    validation_ = cut(first, samples - first);
  }

  // at.step > 0: the rest of an epoch that was begun.
  Logs run_epoch(const FitPlace& at) {
    train::Trainer& trainer = *training_.trainer;
    const std::int64_t epoch = at.epoch;
    if (at.step == 0) {
      trainer.reset();
      for (const AnyCallback& callback : options_.callbacks) callback->on_epoch_begin(model_, epoch);
    }
    if (options_.verbose == Verbose::bar && options_.epochs > 1)
      std::fprintf(stderr, "Epoch %lld/%lld\n", static_cast<long long>(epoch + 1),
                   static_cast<long long>(options_.epochs));
    Progress progress(options_.verbose, steps_->expected());
    if (at.step == 0) steps_->begin(epoch);
    const std::int64_t count = run_batches(progress, at);
    check(count > 0, ErrorCode::data_mismatch, "the data holds no batch");
    Logs logs = trainer.logs();
    if (tests_ && (epoch + 1) % options_.validation_freq == 0) {
      tests_->begin(0);
      for (const auto& [name, value] : test_all(model_, *tests_, options_.callbacks, Verbose::silent))
        logs.emplace_back("val_" + name, value);
    }
    progress.finish(count, logs);
    return logs;
  }

  std::int64_t run_batches(Progress& progress, const FitPlace& at) {
    train::Trainer& trainer = *training_.trainer;
    const bool batch_logs = wants_batch_logs(options_.callbacks);
    std::int64_t step = at.step;
    FitPlace place = at;
    while (!training_.stop) {
      const std::optional<Batch> batch = steps_->next();
      if (!batch) break;
      if (due_) back_up(place);  // not behind the last batch: that backup comes with the epoch's numbers
      for (const AnyCallback& callback : options_.callbacks) callback->on_train_batch_begin(model_, step);
      double loss = 0;
      {
        const Writing writing(model_.state().home);
        loss = trainer.train(*batch);
      }
      history_.batch_loss.push_back(loss);
      warn_of_nan(step, loss);
      if (!options_.callbacks.empty()) {
        const Logs logs = batch_logs ? trainer.logs() : Logs{{"loss", loss}};
        for (const AnyCallback& callback : options_.callbacks)
          callback->on_train_batch_end(model_, step, logs);
      }
      ++step;
      due_ |= backup_ && backup_->is_due_after(static_cast<std::int64_t>(history_.batch_loss.size()));
      if (due_) place = place_after(at.epoch, step);
      if (progress.due()) progress.update(step, trainer.logs());
    }
    return step;
  }

  // Once in a training.
  void warn_of_nan(std::int64_t step, double loss) {
    if (std::isfinite(loss) || warned_ || options_.verbose == Verbose::silent) return;
    warned_ = true;
    std::fprintf(
        stderr, "warning: model \"%s\": the loss of step %lld is %g; TerminateOnNaN would end the training\n",
        model_.name().c_str(), static_cast<long long>(step), loss);
  }

  Model& model_;
  const FitOptions& options_;
  Training& training_;
  Dataset train_, validation_;
  std::optional<Steps> steps_, tests_;
  std::optional<Backup> backup_;
  History history_;
  bool warned_ = false;
  bool due_ = false;  // a backup
};

}  // namespace

Generator::~Generator() = default;
Callback::~Callback() = default;

const std::vector<double>& History::operator[](const std::string& name) const {
  for (const auto& [known, values] : history)
    if (known == name) return values;
  fail(ErrorCode::invalid_argument, "there is no \"", name, "\" in this history");
}

History Model::fit(const Dataset& data, const FitOptions& options) { return Fit(*this, data, options).run(); }

Logs Model::evaluate(const Dataset& data, const EvaluateOptions& options) {
  training_of(state());
  Steps steps(feed_of(data, Ends(*this), options.batch_size, {}, false, 0), options.steps);
  steps.begin(0);
  return test_all(*this, steps, options.callbacks, options.verbose);
}

Logs Model::train_on_batch(const Dataset& batch, const ClassWeight& class_weight) {
  train::Trainer& trainer = *training_of(state()).trainer;
  const Batch one = Ends(*this).batch(batch.arrays, class_weight);
  const Writing writing(state().home);
  trainer.reset();
  trainer.train(one);
  return trainer.logs();
}

Logs Model::test_on_batch(const Dataset& batch) {
  train::Trainer& trainer = *training_of(state()).trainer;
  const Batch one = Ends(*this).batch(batch.arrays, {});
  const Writing writing(state().home);
  trainer.reset();
  trainer.test(one);
  return trainer.logs();
}

}  // namespace v1
}  // namespace keratin
