// oneDNN as kernels see it: problems in plain numbers, and a table of functions that libkeratin_onednn fills.
// No type of oneDNN's leaves the module; it is opened when a candidate is first asked, and never closed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "keratin/dtype.h"
#include "runtime/core/threads.h"

namespace keratin::onednn {

// What happens to a float32 sum before it is stored: sum · scale + shift + add.
struct Epilogue {
  bool scale = false, shift = false;  // per channel
  bool add = false;                   // laid out like the result
};

enum class Pass { forward, input_gradient, filter_gradient };

// A cross-correlation x -> y with filter w over rank spatial axes. x and y are dense, channels last; taps of
// w are dense blocks, inside of which the steps say where an element lies.
struct Convolution {
  Pass pass = Pass::forward;  // which of y, x, w the others give
  DType dtype = DType::float32;
  int threads = 1;
  std::size_t rank = 2;
  std::int64_t batch = 1, channels = 1, filters = 1, groups = 1;  // of x, of y
  std::array<std::int64_t, 3> in{}, out{}, window{}, strides{}, low{}, high{}, dilation{};
  std::int64_t group_step = 0, channel_step = 0, filter_step = 0;
  Epilogue epilogue;  // of the forward pass
};

// y[b] = x[b] · w[b], row-major y; x and w by their steps.
struct Dot {
  DType dtype = DType::float32;
  int threads = 1;
  std::int64_t batch = 1, rows = 1, depth = 1, columns = 1;
  std::array<std::int64_t, 3> x_steps{}, w_steps{};  // batch, row, column
  bool reorders = false;                             // w may get a layout of oneDNN's own
  Epilogue epilogue;
};

// A problem with its code generated. Any number of threads may run one.
struct Primitive;
struct Sizes {
  std::size_t packed = 0;  // of w in oneDNN's own layout; 0: it takes w as it lies
  std::size_t scratch = 0;
};
// The problem's pass says which of x, w and y is written. w is packed where Sizes::packed isn't 0.
struct Arguments {
  const void *x, *w, *y;
  const float *scale, *shift, *add;
  void* scratch;
};

struct Table {
  const char* version;
  ThreadRunner runner;  // the OpenMP team that primitives of several threads run on
  // The widest instruction set to generate code for, named as in KERATIN_CPU_ISA; before anything else.
  void (*limit_isa)(const char* name);
  // Null, or why oneDNN doesn't take it on this machine.
  const char* (*refuses_convolution)(const Convolution& problem);
  const char* (*refuses_dot)(const Dot& problem);
  // Throw Error{internal} for what was refused.
  Primitive* (*make_convolution)(const Convolution& problem);
  Primitive* (*make_dot)(const Dot& problem);
  void (*free)(Primitive* primitive);
  Sizes (*sizes)(const Primitive* primitive);
  const char* (*implementation)(const Primitive* primitive);  // oneDNN's name for what it chose
  void (*run)(const Primitive* primitive, const Arguments& arguments);
  // w as it lies -> packed; where the pass writes w, the way back.
  void (*reorder)(const Primitive* primitive, const void* from, void* to, int threads);
};

// Null when the module can't be opened: why_missing() says why, and a log line says it once.
const Table* table();
const char* why_missing();

// Null, or why not; the module is opened for it.
const char* refuses(const Convolution& problem);
const char* refuses(const Dot& problem);

struct Free {
  void operator()(Primitive* primitive) const { table()->free(primitive); }
};
using PrimitivePtr = std::unique_ptr<Primitive, Free>;
// For what was not refused; a log line tells what oneDNN chose.
PrimitivePtr make(const Convolution& problem);
PrimitivePtr make(const Dot& problem);

}  // namespace keratin::onednn
