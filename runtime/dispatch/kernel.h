// KernelDef: how a device offers kernels for an op. Candidates stand in an ordered list; the first that does
// not refuse prepares a Step, and every refusal is one sentence.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "runtime/core/threads.h"
#include "runtime/device/stream.h"
#include "runtime/ir/op.h"

namespace keratin::dispatch {

// What a step runs on. Tensors are dense; packed has one entry per Packing the kernel asked for, null until
// it is made.
struct Args {
  const void* const* in;
  void* const* out;
  void* scratch;
  const void* const* packed;
  Team* team;
  device::Stream* stream;  // null on the CPU

  template <class T>
  const T* input(std::size_t i) const {
    return static_cast<const T*>(in[i]);
  }
  template <class T>
  T* output(std::size_t i) const {
    return static_cast<T*>(out[i]);
  }
};

// A prepared kernel: all choices are made, run only launches. Immutable; any thread may run it.
class Step {
 public:
  virtual ~Step() = default;
  virtual void run(const Args& args) const = 0;
};

// A graph compiled for a kernel that runs regions (scan, while, cond).
class Region {
 public:
  virtual ~Region() = default;
  virtual std::size_t scratch_bytes() const = 0;
  virtual void run(const void* const* in, void* const* out, const Args& outer, void* scratch) const = 0;
};

// Another layout of an input that depends only on parameters, made after the first result was handed out.
// Until then Args::packed has null and the kernel must read the raw input, with the same order of
// accumulation.
struct Packing {
  std::size_t input;
  std::size_t bytes;
  std::function<void(const void* raw, void* packed)> pack;
};

struct PrepareContext {
  const ir::Node& node;  // static shapes
  int threads = 1;
  std::vector<bool> parameter;  // per input: depends on variables and constants alone
  std::function<std::unique_ptr<Region>(const ir::Graph&)> compile_region;
  // What prepare asks for:
  std::size_t scratch_bytes = 0;
  std::vector<Packing> packings;
  const ThreadRunner* runner = nullptr;  // the threads of a library that it calls: the whole run shares them

  std::vector<std::int64_t> in_shape(std::size_t i) const { return ir::to_shape(node.in(i).shape); }
  std::vector<std::int64_t> out_shape(std::size_t i = 0) const { return ir::to_shape(node.results[i].shape); }
};

struct KernelDef {
  const char* name;
  const char* (*refuses)(const PrepareContext& context);  // null, or why not
  std::unique_ptr<Step> (*prepare)(PrepareContext& context);
};

// The candidates of one op on one device, best first.
struct KernelRow {
  const char* op;
  std::span<const KernelDef> kernels;
};

// One file's rows.
struct KernelList {
  std::span<const KernelRow> rows;
};

// A step that is a plain function of its arguments.
template <class Run>
class FunctionStep final : public Step {
 public:
  explicit FunctionStep(Run run) : run_(std::move(run)) {}
  void run(const Args& args) const override { run_(args); }

 private:
  Run run_;
};
template <class Run>
std::unique_ptr<Step> make_step(Run run) {
  return std::make_unique<FunctionStep<Run>>(std::move(run));
}

enum class Device { cpu, cuda };
// The candidates for op, in order; empty when the device has none.
std::vector<const KernelDef*> candidates(Device device, std::string_view op);

}  // namespace keratin::dispatch

namespace keratin {
std::span<const dispatch::KernelList* const> registry_cpu();
std::span<const dispatch::KernelList* const> registry_cuda();
}  // namespace keratin
