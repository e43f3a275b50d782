// Team: the threads that one run may use. parallel_for splits a range over them; with one thread it is a
// plain call. One run uses a team at a time.
#pragma once

#include <cstdint>
#include <memory>

namespace keratin {

// Threads of another library, which a team may split over in place of its own.
struct ThreadRunner {
  // Calls part(context, number) once for each number below parts, in any order, and waits for all.
  void (*run)(int parts, void (*part)(void* context, int number), void* context);
};

class Team {
 public:
  // threads >= 1, the caller's included. Throws Error{invalid_argument}.
  explicit Team(int threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int threads() const { return threads_; }
  // Null: its own threads. Not while a run uses the team.
  void use(const ThreadRunner* runner) { runner_ = runner; }

  // Calls body(begin, end) on disjoint ranges that cover [0, count); at least grain items each.
  // Returns when all are done; the first exception that a body throws is rethrown.
  template <class Body>
  void parallel_for(std::int64_t count, std::int64_t grain, const Body& body) {
    if (count <= 0) return;
    if (threads_ == 1 || count <= grain) return body(std::int64_t{0}, count);
    split(
        count, grain,
        [](const void* b, std::int64_t begin, std::int64_t end) {
          (*static_cast<const Body*>(b))(begin, end);
        },
        &body);
  }

 private:
  using Call = void (*)(const void* body, std::int64_t begin, std::int64_t end);
  void split(std::int64_t count, std::int64_t grain, Call call, const void* body);
  struct Pool;
  int threads_;
  const ThreadRunner* runner_ = nullptr;
  std::unique_ptr<Pool> pool_;
};

}  // namespace keratin
