#include "runtime/train/feed.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <numeric>

#include "runtime/core/error.h"

namespace keratin::train {
namespace {

// Batches that wait, at most: one is in use, one is ready, one is being made.
constexpr std::size_t most_ready = 2;

// SplitMix64 (Steele, Lea & Flood 2014): a stream of its own for every seed, the same on every machine.
class Stream {
 public:
  explicit Stream(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // In [0, bound), without bias.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    std::uint64_t drawn = next();
    while (drawn >= limit) drawn = next();
    return drawn % bound;
  }

 private:
  std::uint64_t state_;
};

std::size_t row_bytes(const Tensor& tensor) {
  return tensor.dim(0) ? tensor.bytes() / static_cast<std::size_t>(tensor.dim(0)) : 0;
}

// A batch of what fn makes of every array.
template <class Fn>
Batch mapped(const Batch& all, const Fn& fn) {
  Batch made;
  for (const Tensor& tensor : all.x) made.x.push_back(fn(tensor));
  for (const auto& tensor : all.y) made.y.push_back(tensor ? std::optional(fn(*tensor)) : std::nullopt);
  for (const auto& tensor : all.weights)
    made.weights.push_back(tensor ? std::optional(fn(*tensor)) : std::nullopt);
  return made;
}

}  // namespace

Tensor rows_of(const Tensor& tensor, std::int64_t first, std::int64_t count) {
  Shape shape = tensor.shape();
  shape[0] = count;
  const auto* data =
      static_cast<const std::byte*>(tensor.raw()) + static_cast<std::size_t>(first) * row_bytes(tensor);
  return Tensor(tensor.dtype(), std::move(shape), std::make_shared<Tensor>(tensor), data);
}

ArrayFeed::ArrayFeed(Batch all, std::int64_t batch_size, bool shuffle, std::uint64_t seed)
    : all_(std::move(all)), samples_(all_.size()), batch_size_(batch_size), shuffle_(shuffle), seed_(seed) {
  check(batch_size > 0, ErrorCode::invalid_argument, "batch_size ", batch_size,
        ": expected a positive number");
}

void ArrayFeed::begin(std::int64_t pass) {
  at_ = 0;
  if (!shuffle_) return;
  order_.resize(static_cast<std::size_t>(samples_));
  std::iota(order_.begin(), order_.end(), 0);
  Stream seeds(seed_);
  Stream stream(seeds.next() ^ (static_cast<std::uint64_t>(pass) * 0x9e3779b97f4a7c15u));
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[stream.below(i)]);
}

bool ArrayFeed::skip(std::int64_t batches) {
  at_ = std::min(samples_, at_ + batches * batch_size_);
  return true;
}

std::shared_ptr<Tensor> ArrayFeed::memory(DType dtype, const Shape& shape) {
  for (const std::shared_ptr<Tensor>& tensor : given_)
    if (tensor.use_count() == 1 && tensor->dtype() == dtype && tensor->shape() == shape) {
      std::atomic_thread_fence(std::memory_order_acquire);  // whoever had it, has done with it
      return tensor;
    }
  std::erase_if(given_, [](const std::shared_ptr<Tensor>& tensor) { return tensor.use_count() == 1; });
  given_.push_back(std::make_shared<Tensor>(dtype, shape));
  return given_.back();
}

Tensor ArrayFeed::rows(const Tensor& from, std::int64_t count) {
  if (!shuffle_) return rows_of(from, at_, count);
  Shape shape = from.shape();
  shape[0] = count;
  const std::shared_ptr<Tensor> made = memory(from.dtype(), shape);
  const std::size_t bytes = row_bytes(from);
  auto* to = static_cast<std::byte*>(made->raw());
  const auto* data = static_cast<const std::byte*>(from.raw());
  for (std::int64_t i = 0; i < count; ++i, to += bytes)
    std::memcpy(to, data + static_cast<std::size_t>(order_[static_cast<std::size_t>(at_ + i)]) * bytes,
                bytes);
  return Tensor(from.dtype(), std::move(shape), made, made->raw());
}

std::optional<Batch> ArrayFeed::next() {
  if (at_ >= samples_) return std::nullopt;
  const std::int64_t count = std::min(batch_size_, samples_ - at_);
  Batch batch = mapped(all_, [&](const Tensor& tensor) { return rows(tensor, count); });
  at_ += count;
  return batch;
}

Prefetch::~Prefetch() { stop(); }

void Prefetch::stop() {
  if (!worker_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  worker_.join();
}

void Prefetch::begin(std::int64_t pass) {
  stop();
  ready_.clear();
  ended_ = stopping_ = false;
  error_ = nullptr;
  feed_->begin(pass);
}

bool Prefetch::skip(std::int64_t batches) { return feed_->skip(batches); }

void Prefetch::work() {
  for (bool more = true; more;) {
    std::optional<Batch> batch;
    std::exception_ptr error;
    try {
      batch = feed_->next();
    } catch (...) {
      error = std::current_exception();
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || ready_.size() < most_ready; });
    more = batch.has_value() && !stopping_;
    if (batch) ready_.push_back(std::move(*batch));
    ended_ = !more;
    error_ = error;
    lock.unlock();
    changed_.notify_all();
  }
}

std::optional<Batch> Prefetch::next() {
  if (!worker_.joinable()) worker_ = std::thread([this] { work(); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || !ready_.empty(); });
  if (ready_.empty()) {
    if (error_) std::rethrow_exception(error_);
    return std::nullopt;
  }
  Batch batch = std::move(ready_.front());
  ready_.pop_front();
  lock.unlock();
  changed_.notify_all();
  return batch;
}

}  // namespace keratin::train
