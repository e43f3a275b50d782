// bench_host_<runtime> MODEL INPUT.npy [--library FILE] [--cache PATH] [--threads N] [--serve]
//
// Loads the model, predicts the input once, writes the output as raw float32 on stdout and one JSON line on
// stderr. With --serve nothing goes to stdout but answers to lines on stdin: "run BLOCKS CALLS" runs BLOCKS ×
// CALLS predictions and answers the milliseconds of a call in each block, by wall clock and by CPU clock;
// "output FILE" writes the last output to FILE.

#include "host.h"

#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <new>
#include <sstream>
#include <thread>

namespace keratin::bench {
namespace {

double now_ms(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}
double wall_ms() { return now_ms(CLOCK_MONOTONIC); }
double cpu_ms() { return now_ms(CLOCK_PROCESS_CPUTIME_ID); }

// Peak resident memory of this program alone; getrusage's counts the parent before exec.
double peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0) return std::atof(line.c_str() + 6) / 1024;
  return 0;
}

// A row-major float32 .npy of version 1, as numpy.save writes it.
std::unique_ptr<Buffer> read_npy(const std::string& path, std::vector<std::int64_t>& shape) {
  std::ifstream file(path, std::ios::binary);
  char magic[10] = {};
  file.read(magic, 10);
  const std::size_t length =
      static_cast<unsigned char>(magic[8]) + 256u * static_cast<unsigned char>(magic[9]);
  std::string header(length, 0);
  file.read(header.data(), static_cast<std::streamsize>(length));
  if (!file || std::memcmp(magic, "\x93NUMPY\x01", 7) != 0 || header.find("'<f4'") == std::string::npos ||
      header.find("True") != std::string::npos)
    throw std::runtime_error(path + ": expected a row-major float32 .npy");
  const char* text = header.c_str() + header.find('(', header.find("'shape'")) + 1;
  while (*text && *text != ')') {
    char* end = nullptr;
    const long long dim = std::strtoll(text, &end, 10);
    if (end != text) shape.push_back(dim);
    text = end == text ? text + 1 : end;
  }
  auto buffer = std::make_unique<Buffer>(elements(shape));
  file.read(reinterpret_cast<char*>(buffer->data()), static_cast<std::streamsize>(buffer->bytes()));
  if (!file) throw std::runtime_error(path + ": shorter than its shape");
  return buffer;
}

void write_all(std::FILE* file, std::span<const float> values) {
  if (std::fwrite(values.data(), sizeof(float), values.size(), file) != values.size() ||
      std::fflush(file) != 0)
    throw std::runtime_error("the output could not be written");
}

// Blocks of calls: a call of microseconds is too short for a clock.
void time_blocks(Runner& runner, int blocks, int calls) {
  std::string wall, cpu;
  for (int block = 0; block < blocks; ++block) {
    const double wall_start = wall_ms(), cpu_start = cpu_ms();
    for (int call = 0; call < calls; ++call) runner.run();
    const double cpu_end = cpu_ms(), wall_end = wall_ms();
    char text[64];
    std::snprintf(text, sizeof text, "%s%.6f", block ? ", " : "", (wall_end - wall_start) / calls);
    wall += text;
    std::snprintf(text, sizeof text, "%s%.6f", block ? ", " : "", (cpu_end - cpu_start) / calls);
    cpu += text;
  }
  std::printf("{\"wall_ms\": [%s], \"cpu_ms\": [%s], \"peak_mb\": %.1f}\n", wall.c_str(), cpu.c_str(),
              peak_mb());
  std::fflush(stdout);
}

void serve(Runner& runner) {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command, path;
    int blocks = 0, calls = 0;
    words >> command;
    if (command == "run" && words >> blocks >> calls) {
      time_blocks(runner, blocks, calls);
    } else if (command == "output" && words >> path) {
      std::FILE* file = std::fopen(path.c_str(), "wb");
      if (!file) throw std::runtime_error(path + ": cannot be written");
      write_all(file, runner.output());
      std::fclose(file);
      std::printf("{}\n");
      std::fflush(stdout);
    } else {
      throw std::runtime_error("unknown line: " + line);
    }
  }
}

int work(int argc, char** argv) {
  Options options;
  std::string input;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--serve")
      options.steady = true;
    else if (word == "--library" && i + 1 < argc)
      options.library = argv[++i];
    else if (word == "--cache" && i + 1 < argc)
      options.cache = argv[++i];
    else if (word == "--threads" && i + 1 < argc)
      options.threads = std::atoi(argv[++i]);
    else if (options.model.empty())
      options.model = word;
    else
      input = word;
  }
  if (input.empty())
    throw std::runtime_error(
        "usage: MODEL INPUT.npy [--library FILE] [--cache PATH] [--threads N] [--serve]");
  const std::unique_ptr<Buffer> values = read_npy(input, options.shape);
  options.input = values->data();
  open_runtime(options);
  const double wall_start = wall_ms(), cpu_start = cpu_ms();
  const std::unique_ptr<Runner> runner = load_runner(options);
  const double loaded = wall_ms();
  runner->run();
  const double first = wall_ms(), cpu_end = cpu_ms();
  if (!options.steady) {
    write_all(stdout, runner->output());
    std::fprintf(stderr,
                 "{\"load_ms\": %.4f, \"first_ms\": %.4f, \"load_to_first_ms\": %.4f, "
                 "\"load_to_first_cpu_ms\": %.4f, \"peak_mb\": %.1f}\n",
                 loaded - wall_start, first - loaded, first - wall_start, cpu_end - cpu_start, peak_mb());
    std::fflush(stderr);
    std::_Exit(0);  // what a process does after its answer isn't asked
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // what is prepared behind the first run
  for (int i = 0; i < 3; ++i) runner->run();
  std::printf("{\"ready\": true}\n");
  std::fflush(stdout);
  serve(*runner);
  return 0;
}

}  // namespace
}  // namespace keratin::bench

int main(int argc, char** argv) {
  try {
    return keratin::bench::work(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
