#include "runtime/exec/context.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <chrono>
#include <cstring>
#include <utility>

#include "runtime/core/align.h"
#include "runtime/core/denormals.h"
#include "runtime/core/env.h"
#include "runtime/core/error.h"
#include "runtime/core/log.h"
#include "runtime/exec/trace.h"

namespace keratin::exec {

namespace {

std::shared_ptr<const std::vector<const void*>> pointers_to(const std::vector<Tensor>& tensors) {
  std::vector<const void*> pointers;
  pointers.reserve(tensors.size());
  for (const Tensor& tensor : tensors) pointers.push_back(tensor.raw());
  return std::make_shared<const std::vector<const void*>>(std::move(pointers));
}

}  // namespace

Prepared::Prepared(std::shared_ptr<const Executable> executable, SnapshotPtr snapshot)
    : executable_(std::move(executable)),
      snapshot_(std::move(snapshot)),
      tensors_(tensors_of(snapshot_)),
      pointers_(pointers_to(*tensors_)) {
  for (const ir::Type& type : executable_->prepared) {
    values_.emplace_back(type.dtype, ir::to_shape(type.shape));
    prepared_.push_back(values_.back().raw());
  }
  Tensor scratch(DType::uint8, {static_cast<std::int64_t>(executable_->preparation_scratch)});
  Team team(1);
  const Bound now = bound();
  for (const PlannedStep& step : executable_->preparation) {
    std::vector<const void*> in, packed(step.packed_count);
    std::vector<void*> out;
    for (const Slot& slot : step.in) in.push_back(resolve(*executable_, slot, now.bindings));
    for (const Slot& slot : step.out) out.push_back(resolve(*executable_, slot, now.bindings));
    step.step->run({in.data(), out.data(), scratch.raw(), packed.data(), &team, nullptr});
  }
}

Prepared::~Prepared() {
  {
    const std::lock_guard lock(mutex_);
    cancel_ = true;
  }
  wake_.notify_one();
  if (worker_.joinable()) worker_.join();
}

Prepared::Bound Prepared::bound() const {
  const std::lock_guard lock(mutex_);
  Bound bound;
  bound.tensors = tensors_;
  bound.variables = pointers_;
  bound.generation = generation();
  bound.bindings.variables = pointers_->data();
  bound.bindings.prepared = prepared_.data();
  if (bound.generation > 0) bound.bindings.packed = packed_.data();
  return bound;
}

// What contexts bind at their next run.
void Prepared::publish(TensorsPtr tensors) {
  const std::lock_guard lock(mutex_);
  tensors_ = std::move(tensors);
  pointers_ = pointers_to(*tensors_);
  generation_.fetch_add(1, std::memory_order_release);
}

void Prepared::finish() {
  std::call_once(finished_, [this] {
    pack();
    settle();
  });
}

void Prepared::finish_later() {
  if (executable_->packings.empty() && !is_lent(*snapshot_)) return;
  const std::lock_guard lock(mutex_);
  if (std::exchange(wanted_, true)) {
    if (!std::exchange(hurry_, true)) wake_.notify_one();
    return;
  }
  worker_ = std::thread([this] {
    try {
      wait_a_moment();
      finish();
    } catch (const Error& e) {  // runs go on with what there is
      log(Topic::exec, executable_->options.name, ": not packed: ", e.what());
    }
  });
}

void Prepared::wait_a_moment() {
  constexpr std::chrono::milliseconds moment{20};
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, moment, [this] { return hurry_ || cancel_; });
}

// From the values as they are lent, so that a packed one isn't read from the file's mapping any more when
// that is given back. As packed memory grows, that of the mapping shrinks, and of what loading and compiling
// left behind.
void Prepared::pack() {
  if (cancel_) return;
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
  const Bound now = bound();
  std::size_t bytes = 0;
  for (const PlannedPacking& packing : executable_->packings) bytes += aligned(packing.bytes);
  packed_values_ = Tensor(DType::uint8, {static_cast<std::int64_t>(bytes)});
  auto* at = static_cast<std::byte*>(packed_values_.raw());
  for (const PlannedPacking& packing : executable_->packings) {
    if (cancel_) return;
    packing.pack(resolve(*executable_, packing.source, now.bindings), at);
    packed_.push_back(at);
    if (packing.source.kind == Slot::Kind::variable) forget_pages(snapshot_, packing.source.index);
    at += aligned(packing.bytes);
  }
  publish(now.tensors);
}

// First the values that runs read, or they would bring back what of the mapping is given up.
void Prepared::settle() {
  std::vector<bool> read(tensors_->size(), true);
  for (const PlannedPacking& packing : executable_->packings)
    if (packing.source.kind == Slot::Kind::variable) read[packing.source.index] = false;
  for (const std::vector<bool>& which : {read, std::vector<bool>()}) {
    if (cancel_) return;
    publish(exec::settle(snapshot_, which));
  }
}

Context::Context(std::shared_ptr<Prepared> prepared, std::shared_ptr<Team> team)
    : prepared_(std::move(prepared)),
      team_(std::move(team)),
      arena_(DType::uint8, {static_cast<std::int64_t>(prepared_->executable().arena_bytes)}),
      layout_(prepared_->executable()),
      pointers_(layout_.count()),
      poison_(env::get("KERATIN_POISON") == "1") {
  bind();
}

void Context::bind() {
  bound_ = prepared_->bound();
  bound_.bindings.arena = static_cast<std::byte*>(arena_.raw());
  if (!state_.empty()) {
    const ir::Graph& graph = executable().graph;
    variables_.assign(bound_.bindings.variables, bound_.bindings.variables + graph.variables.size());
    for (std::size_t i = 0; i < state_.size(); ++i) variables_[graph.updates[i].variable] = state_[i];
    bound_.bindings.variables = variables_.data();
  }
  layout_.bind(executable(), bound_.bindings, pointers_.data());
}

std::vector<Tensor> Context::initial_state(const Prepared& prepared) {
  const Prepared::Bound bound = prepared.bound();
  std::vector<Tensor> state;
  for (const ir::Update& update : prepared.executable().graph.updates) {
    Tensor& value = state.emplace_back(update.value.dtype(), ir::to_shape(update.value.shape()));
    if (value.bytes()) std::memcpy(value.raw(), bound.bindings.variables[update.variable], value.bytes());
  }
  return state;
}

void Context::carry(std::vector<Tensor> state) {
  carried_ = std::move(state);
  std::vector<void*> pointers;
  for (Tensor& value : carried_) pointers.push_back(value.raw());
  carry(std::move(pointers));
}

void Context::carry(std::vector<void*> state) {
  state_ = std::move(state);
  const std::vector<ir::Update>& updates = executable().graph.updates;
  next_.resize(updates.size());
  next_pointers_ = state_;
  for (std::size_t i = 0; i < updates.size(); ++i) {
    if (executable().update_in_place[i]) continue;
    if (!next_[i].raw()) next_[i] = Tensor(updates[i].value.dtype(), ir::to_shape(updates[i].value.shape()));
    next_pointers_[i] = next_[i].raw();
  }
  bind();
}

void Context::run(const void* const* inputs, void* const* outputs, void* const* updates) {
  const bool carries = !updates && !state_.empty();
  if (carries) updates = next_pointers_.data();
  check(updates || executable().graph.updates.empty(), ErrorCode::invalid_argument, executable().options.name,
        ": memory for ", executable().graph.updates.size(), " updates must be given");
  if (bound_.generation != prepared_->generation()) bind();
  bound_.bindings.inputs = inputs;
  bound_.bindings.outputs = outputs;
  bound_.bindings.updates = updates;
  layout_.bind_caller(bound_.bindings, pointers_.data());
  if (poison_) std::memset(arena_.raw(), 0xff, arena_.bytes());  // NaN in every float
  const FloatMode mode = FloatMode::of_this_thread();
  const WithFloatMode trains(executable().graph.updates.empty() ? mode : mode.without_denormals());
  team_->use(executable().runner);
  if (tracing()) [[unlikely]]
    run_traced(executable(), pointers_.data(), team_.get());
  else
    run_steps(executable(), executable().steps, pointers_.data(), team_.get(), nullptr);
  copy_results(executable(), bound_.bindings);
  for (std::size_t i = 0; carries && i < state_.size(); ++i)
    if (next_pointers_[i] != state_[i] && next_[i].bytes())
      std::memcpy(state_[i], next_[i].raw(), next_[i].bytes());
  if (bound_.generation == 0) prepared_->finish_later();
}

}  // namespace keratin::exec
