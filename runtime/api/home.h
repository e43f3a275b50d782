// Use: who works on a model now. Home: what the handles of one model share.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "runtime/keras/symbolic.h"

namespace keratin {
inline namespace v1 {

// Readers at the same time, or one writer. Nobody waits: who comes where he may not gets Error{busy}.
class Use {
 public:
  void begin_reading(const keras::Layer& model);
  void end_reading() { users_.fetch_sub(1, std::memory_order_release); }
  void begin_writing(const keras::Layer& model);
  void end_writing() { users_.store(0, std::memory_order_release); }

 private:
  std::atomic<int> users_{0};  // -1: a writer
};

struct Home {
  keras::LayerPtr model;
  Use use;
  std::mutex mutex;  // of lowering the model, and of what is below
  // All tensors of the model's calls, made on first need so that sub-models meet in the same ones.
  const std::map<keras::TensorRef, keras::Symbolic>& tensors();
  std::optional<std::map<keras::TensorRef, keras::Symbolic>> made_tensors;
  // Raised when `trainable` of a layer changes: what the training branch computes depends on it.
  std::atomic<std::uint64_t> structure{0};
};
using HomePtr = std::shared_ptr<Home>;

// In force while a public call runs. home may be null: a layer of no model.
class Reading {
 public:
  explicit Reading(HomePtr home) : home_(std::move(home)) {
    if (home_) home_->use.begin_reading(*home_->model);
  }
  ~Reading() {
    if (home_) home_->use.end_reading();
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  HomePtr home_;
};
class Writing {
 public:
  explicit Writing(HomePtr home) : home_(std::move(home)) {
    if (home_) home_->use.begin_writing(*home_->model);
  }
  ~Writing() {
    if (home_) home_->use.end_writing();
  }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

 private:
  HomePtr home_;
};

}  // namespace v1
}  // namespace keratin
