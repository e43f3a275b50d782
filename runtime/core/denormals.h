// How a thread's floating-point unit treats denormal numbers. Training takes them as 0, as TensorFlow does:
// averages that fade away end as such numbers, which many processors compute with a hundred times slower.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace keratin {

// The mode of this thread, and a way to go back to it.
class FloatMode {
 public:
  static FloatMode of_this_thread() {
#if defined(__x86_64__)
    return FloatMode(_mm_getcsr());
#elif defined(__aarch64__)
    std::uint64_t bits;
    asm volatile("mrs %0, fpcr" : "=r"(bits));
    return FloatMode(bits);
#else
    return FloatMode(0);
#endif
  }
  FloatMode without_denormals() const {
#if defined(__x86_64__)
    return FloatMode(bits_ | 0x8040);  // results flushed to 0, operands taken as 0
#elif defined(__aarch64__)
    return FloatMode(bits_ | 1u << 24);
#else
    return *this;
#endif
  }
  void apply() const {
#if defined(__x86_64__)
    _mm_setcsr(static_cast<unsigned>(bits_));
#elif defined(__aarch64__)
    asm volatile("msr fpcr, %0" : : "r"(bits_));
#endif
  }
  friend bool operator==(FloatMode, FloatMode) = default;

 private:
  explicit FloatMode(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_;
};

// The mode of a scope.
class WithFloatMode {
 public:
  explicit WithFloatMode(FloatMode mode)
      : before_(FloatMode::of_this_thread()), changes_(!(mode == before_)) {
    if (changes_) mode.apply();
  }
  ~WithFloatMode() {
    if (changes_) before_.apply();
  }
  WithFloatMode(const WithFloatMode&) = delete;
  WithFloatMode& operator=(const WithFloatMode&) = delete;

 private:
  FloatMode before_;
  bool changes_;
};

}  // namespace keratin
