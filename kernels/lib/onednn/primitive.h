// A primitive of oneDNN's with what a run needs, kept ready so that a run allocates nothing.
#pragma once

#include <memory>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "kernels/lib/onednn.h"

namespace keratin::onednn {

// One of a primitive's tensors: its number in oneDNN and which pointer it is.
struct Binding {
  int argument;
  const void* (*pointer)(const Arguments& arguments);
  dnnl::memory::desc desc;
};

// What is known before the code is generated: enough to say that oneDNN takes a problem.
struct Plan {
  dnnl::primitive_desc_base desc;
  std::vector<Binding> bindings;   // scratch memory excepted
  dnnl::memory::desc raw, packed;  // of w
  bool writes_w = false;
  int threads = 1;
  dnnl::primitive (*make)(const dnnl::primitive_desc_base& desc) = nullptr;
};
Plan plan(const Convolution& problem);
Plan plan(const Dot& problem);

const dnnl::engine& engine();
dnnl::memory::data_type data_type_of(DType dtype);
// The attributes of an epilogue, and the tensors that it wants. channels: the shape of scale and shift.
dnnl::primitive_attr attributes_of(const Epilogue& epilogue, const dnnl::memory::desc& channels,
                                   const dnnl::memory::desc& y, std::vector<Binding>& bindings);

// OpenMP's thread count while oneDNN is called: of this thread alone, and no team is made for one.
class Threads {
 public:
  explicit Threads(int threads);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

// A primitive of oneDNN's and the tensors of earlier runs, which only get new pointers.
class Call {
 public:
  using Tensors = std::vector<std::pair<int, dnnl::memory::desc>>;  // oneDNN's argument numbers
  Call(dnnl::primitive primitive, Tensors tensors)
      : primitive_(std::move(primitive)), tensors_(std::move(tensors)) {}
  // pointer(i): of tensor i.
  template <class Pointer>
  void run(int threads, const Pointer& pointer) {
    const Threads limited(threads);
    std::unique_ptr<State> state = take();
    for (std::size_t i = 0; i < tensors_.size(); ++i) set(state->tensors[i], pointer(i));
    execute(std::move(state));
  }

 private:
  struct State {
    dnnl::stream stream;
    std::vector<dnnl::memory> tensors;
    std::vector<dnnl_exec_arg_t> arguments;
  };
  std::unique_ptr<State> take();
  static void set(dnnl::memory& tensor, const void* pointer);
  void execute(std::unique_ptr<State> state);

  dnnl::primitive primitive_;
  Tensors tensors_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<State>> idle_;
};

struct Primitive {
  explicit Primitive(Plan plan);
  Sizes sizes() const;
  void run(const Arguments& arguments) const;
  void reorder(const void* from, void* to, int threads) const;

  const Plan plan;
  const bool packs;

 private:
  std::unique_ptr<Call> call_, reorder_;
};

}  // namespace keratin::onednn
