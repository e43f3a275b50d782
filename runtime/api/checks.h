// Checks: the checksums of a file's bytes. Begun beside the first run, done before its result is handed out.
// Thread-safe.
#pragma once

#if defined(__linux__)
#include <sched.h>
#endif

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace keratin {

class Checks {
 public:
  explicit Checks(std::vector<std::function<void()>> rows) : rows_(std::move(rows)), done_(rows_.empty()) {}
  ~Checks() {
    if (thread_.joinable()) thread_.join();
  }
  Checks(const Checks&) = delete;
  Checks& operator=(const Checks&) = delete;

  // On a thread of its own, where there is a core for it, else at once; once.
  void start() {
    if (done_.load(std::memory_order_acquire)) return;
    std::lock_guard lock(mutex_);
    if (started_) return;
    started_ = true;
    if (one_core())
      run();
    else
      thread_ = std::thread([this] { run(); });
  }
  // Waits for the end. Throws Error{corrupt_file}, every time, when a checksum was wrong.
  void finish() {
    if (done_.load(std::memory_order_acquire)) return;
    start();
    std::lock_guard lock(mutex_);
    if (thread_.joinable()) thread_.join();
    if (damage_) std::rethrow_exception(damage_);
    done_.store(true, std::memory_order_release);
    rows_.clear();
  }

 private:
  // What this process may use, which the standard library doesn't tell.
  static bool one_core() {
#if defined(__linux__)
    cpu_set_t cores;
    if (::sched_getaffinity(0, sizeof cores, &cores) == 0) return CPU_COUNT(&cores) == 1;
#endif
    return std::thread::hardware_concurrency() == 1;
  }

  void run() {
    try {
      for (const auto& row : rows_) row();
    } catch (...) {
      damage_ = std::current_exception();
    }
  }

  std::vector<std::function<void()>> rows_;
  std::mutex mutex_;
  bool started_ = false;
  std::thread thread_;
  std::exception_ptr damage_;
  std::atomic<bool> done_;
};

}  // namespace keratin
