// bench_launch OUTPUT PROGRAM [ARGUMENT…]
//
// Starts the program and writes what it prints on stdout to OUTPUT. Prints one JSON line: milliseconds from
// before the start to the first bytes of its output, to its end, and its CPU time. The program's stderr
// passes through.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

extern char** environ;

namespace {

double now_ms() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

[[noreturn]] void stop(const char* what) {
  std::perror(what);
  std::exit(2);
}

double seconds_ms(const timeval& time) {
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_usec);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: bench_launch OUTPUT PROGRAM [ARGUMENT…]\n");
    return 2;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) stop("pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const double start = now_ms();
  if (posix_spawn(&child, argv[2], &actions, nullptr, argv + 2, environ) != 0) stop(argv[2]);
  close(ends[1]);
  std::string output;
  double first = 0;
  static char block[1 << 16];
  for (ssize_t got; (got = read(ends[0], block, sizeof block)) > 0;) {
    if (first == 0) first = now_ms();
    output.append(block, static_cast<std::size_t>(got));
  }
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) < 0) stop("wait");
  const double end = now_ms();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  std::FILE* file = std::fopen(argv[1], "wb");
  if (!file || std::fwrite(output.data(), 1, output.size(), file) != output.size() || std::fclose(file) != 0)
    stop(argv[1]);
  std::printf("{\"first_output_ms\": %.4f, \"exit_ms\": %.4f, \"cpu_ms\": %.3f}\n", first - start,
              end - start, seconds_ms(usage.ru_utime) + seconds_ms(usage.ru_stime));
  return 0;
}
