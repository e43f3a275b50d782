// Feed: where batches come from. ArrayFeed: arrays in memory, shuffled by a seed. Prefetch: the next batches
// of a feed, made on a second thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "runtime/train/trainer.h"

namespace keratin::train {

class Feed {
 public:
  virtual ~Feed() = default;
  // The next batch of this pass over the data, or none.
  virtual std::optional<Batch> next() = 0;
  // Begins this pass, counted from 0; shuffling depends on its number.
  virtual void begin(std::int64_t pass) = 0;
  // Leaves out the first batches of the pass that was begun. False: it can't.
  virtual bool skip(std::int64_t batches) = 0;
  // Batches of a pass; -1: not known before its end.
  virtual std::int64_t batches() const = 0;
};

class ArrayFeed final : public Feed {
 public:
  // all: every sample. Throws Error{invalid_argument} unless batch_size is positive.
  ArrayFeed(Batch all, std::int64_t batch_size, bool shuffle, std::uint64_t seed);
  std::optional<Batch> next() override;
  void begin(std::int64_t pass) override;
  bool skip(std::int64_t batches) override;
  std::int64_t batches() const override { return (samples_ + batch_size_ - 1) / batch_size_; }

 private:
  Tensor rows(const Tensor& from, std::int64_t count);
  // Memory for a batch's array: that of an earlier batch which nobody has any more, where there is such.
  std::shared_ptr<Tensor> memory(DType dtype, const Shape& shape);
  Batch all_;
  std::int64_t samples_, batch_size_, at_ = 0;
  bool shuffle_;
  std::uint64_t seed_;
  std::vector<std::int64_t> order_;             // when shuffled
  std::vector<std::shared_ptr<Tensor>> given_;  // memory of batches, while somebody may have it
};

class Prefetch final : public Feed {
 public:
  explicit Prefetch(std::unique_ptr<Feed> feed) : feed_(std::move(feed)) {}
  ~Prefetch() override;
  // What the feed throws is thrown here.
  std::optional<Batch> next() override;
  void begin(std::int64_t pass) override;
  bool skip(std::int64_t batches) override;
  std::int64_t batches() const override { return feed_->batches(); }

 private:
  void work();
  void stop();
  std::unique_ptr<Feed> feed_;
  std::thread worker_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> ready_;
  bool ended_ = false, stopping_ = false;
  std::exception_ptr error_;
};

// Samples [first, first + count); shares the bytes.
Tensor rows_of(const Tensor& tensor, std::int64_t first, std::int64_t count);

}  // namespace keratin::train
