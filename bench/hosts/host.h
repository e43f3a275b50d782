// What a runtime brings to the benchmark's host program (host.cc): how it is opened, loads a model and runs
// it. One input, one output, float32, buffers of the caller where the runtime takes them.
#pragma once

#include <dlfcn.h>

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace keratin::bench {

struct Options {
  std::string model;
  std::string library;  // the runtime's shared library, for peers
  std::string cache;    // where it keeps what it prepared in an earlier process; empty: nowhere
  bool steady = false;  // many runs will follow: prepare for them rather than for the first one
  int threads = 1;
  std::vector<std::int64_t> shape;  // of the input
  float* input = nullptr;           // aligned to 64 bytes, as are outputs
};

class Runner {
 public:
  virtual ~Runner() = default;
  virtual void run() = 0;
  virtual std::span<const float> output() const = 0;
};

// Opens shared libraries: counts for a whole process, not for a load inside one.
void open_runtime(const Options& options);
std::unique_ptr<Runner> load_runner(const Options& options);

inline std::size_t elements(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (std::int64_t dim : shape) count *= static_cast<std::size_t>(dim);
  return count;
}

// Floats where any kernel likes them.
class Buffer {
 public:
  explicit Buffer(std::size_t count)
      : count_(count),
        data_(static_cast<float*>(::operator new[](count * sizeof(float), std::align_val_t{64}))) {}
  ~Buffer() { ::operator delete[](data_, std::align_val_t{64}); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  float* data() { return data_; }
  std::span<const float> values() const { return {data_, count_}; }
  std::size_t size() const { return count_; }
  std::size_t bytes() const { return count_ * sizeof(float); }

 private:
  std::size_t count_;
  float* data_;
};

// A shared library opened for good.
class Library {
 public:
  void open(const std::string& path) {
    handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle_) throw std::runtime_error(dlerror());
  }
  template <class F>
  F* get(const char* name) const {
    void* symbol = dlsym(handle_, name);
    if (!symbol) throw std::runtime_error(std::string("no function ") + name + " in the runtime's library");
    return reinterpret_cast<F*>(symbol);
  }

 private:
  void* handle_ = nullptr;
};

}  // namespace keratin::bench
