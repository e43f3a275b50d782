#include "runtime/core/threads.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/core/denormals.h"
#include "runtime/core/error.h"

namespace keratin {
namespace {

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace

// Workers wait for a new round; each takes the part with its own number.
struct Team::Pool {
  explicit Pool(int workers) {
    for (int i = 0; i < workers; ++i) threads.emplace_back([this, i] { work(i + 1); });
  }
  ~Pool() {
    {
      std::lock_guard lock(mutex);
      stop = true;
      round.fetch_add(1, std::memory_order_release);
    }
    wake.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  void work(int number) {
    std::uint64_t seen = 0;
    while (true) {
      for (int spin = 0; spin < 2000 && round.load(std::memory_order_acquire) == seen; ++spin) relax();
      if (round.load(std::memory_order_acquire) == seen) {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return round.load(std::memory_order_acquire) != seen; });
      }
      seen = round.load(std::memory_order_acquire);
      if (stop) return;
      part(number);
      pending.fetch_sub(1, std::memory_order_release);
    }
  }

  void part(int number) {
    const std::int64_t begin = count * number / parts, end = count * (number + 1) / parts;
    if (number >= parts || begin == end) return;
    const WithFloatMode as_the_caller(mode);
    try {
      call(body, begin, end);
    } catch (...) {
      std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
  }

  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable wake;
  std::atomic<std::uint64_t> round{0};
  std::atomic<int> pending{0};
  bool stop = false;
  Call call = nullptr;
  const void* body = nullptr;
  std::int64_t count = 0;
  std::int64_t parts = 1;
  FloatMode mode = FloatMode::of_this_thread();
  std::exception_ptr error;
};

Team::Team(int threads) : threads_(threads) {
  check(threads >= 1 && threads <= 1024, ErrorCode::invalid_argument, "threads: ", threads,
        ", expected 1 to 1024");
  if (threads > 1) pool_ = std::make_unique<Pool>(threads - 1);
}

Team::~Team() = default;

void Team::split(std::int64_t count, std::int64_t grain, Call call, const void* body) {
  Pool& pool = *pool_;
  pool.call = call;
  pool.body = body;
  pool.count = count;
  pool.parts = std::clamp<std::int64_t>(count / std::max<std::int64_t>(grain, 1), 1, threads_);
  pool.mode = FloatMode::of_this_thread();
  pool.error = nullptr;
  if (runner_) {
    runner_->run(
        static_cast<int>(pool.parts),
        [](void* context, int number) { static_cast<Pool*>(context)->part(number); }, &pool);
    if (pool.error) std::rethrow_exception(pool.error);
    return;
  }
  pool.pending.store(threads_ - 1, std::memory_order_relaxed);
  {
    std::lock_guard lock(pool.mutex);
    pool.round.fetch_add(1, std::memory_order_release);
  }
  pool.wake.notify_all();
  pool.part(0);
  while (pool.pending.load(std::memory_order_acquire) > 0) relax();
  if (pool.error) std::rethrow_exception(pool.error);
}

}  // namespace keratin
