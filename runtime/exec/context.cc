#include "runtime/exec/context.h"

#include <cstring>

#include "runtime/core/env.h"
#include "runtime/core/error.h"
#include "runtime/core/log.h"
#include "runtime/exec/trace.h"

namespace keratin::exec {

namespace {

std::vector<const void*> pointers_to(const std::vector<Tensor>& tensors) {
  std::vector<const void*> pointers;
  pointers.reserve(tensors.size());
  for (const Tensor& tensor : tensors) pointers.push_back(tensor.raw());
  return pointers;
}

}  // namespace

Prepared::Prepared(std::shared_ptr<const Executable> executable, SnapshotPtr snapshot)
    : executable_(std::move(executable)),
      snapshot_(std::move(snapshot)),
      first_(tensors_of(snapshot_)),
      first_pointers_(pointers_to(*first_)) {
  for (const ir::Type& type : executable_->prepared) {
    values_.emplace_back(type.dtype, ir::to_shape(type.shape));
    prepared_.push_back(values_.back().raw());
  }
  Tensor scratch(DType::uint8, {static_cast<std::int64_t>(executable_->preparation_scratch)});
  Team team(1);
  const Bindings bound = this->bound().bindings;
  for (const PlannedStep& step : executable_->preparation) {
    std::vector<const void*> in, packed(step.packed_count);
    std::vector<void*> out;
    for (const Slot& slot : step.in) in.push_back(resolve(*executable_, slot, bound));
    for (const Slot& slot : step.out) out.push_back(resolve(*executable_, slot, bound));
    step.step->run({in.data(), out.data(), scratch.raw(), packed.data(), &team, nullptr});
  }
}

Prepared::~Prepared() {
  cancel_ = true;
  if (worker_.joinable()) worker_.join();
}

Prepared::Bound Prepared::bound() const {
  const bool last = packed();
  Bound bound;
  bound.bindings.variables = (last ? last_pointers_ : first_pointers_).data();
  bound.bindings.prepared = prepared_.data();
  if (last) bound.bindings.packed = packed_.data();
  bound.tensors = last ? last_ : tensors_of(snapshot_);
  return bound;
}

void Prepared::start_packing(bool wait) {
  if (executable_->packings.empty() && !is_lent(*snapshot_)) return;
  std::call_once(started_, [&] {
    if (wait)
      pack();
    else
      worker_ = std::thread([this] {
        try {
          pack();
        } catch (const Error& e) {  // runs go on with the raw weights
          log(Topic::exec, executable_->options.name, ": not packed: ", e.what());
        }
      });
  });
}

void Prepared::pack() {
  last_ = settle(snapshot_);
  last_pointers_ = pointers_to(*last_);
  Bindings bound;
  bound.variables = last_pointers_.data();
  bound.prepared = prepared_.data();
  for (const PlannedPacking& packing : executable_->packings) {
    if (cancel_) return;
    packed_values_.emplace_back(DType::uint8, Shape{static_cast<std::int64_t>(packing.bytes)});
    packing.pack(resolve(*executable_, packing.source, bound), packed_values_.back().raw());
    packed_.push_back(packed_values_.back().raw());
  }
  first_.reset();
  settled_.store(true, std::memory_order_release);
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
  settled_ = prepared_->packed();
  bound_ = prepared_->bound();
  bound_.bindings.arena = static_cast<std::byte*>(arena_.raw());
  layout_.bind(executable(), bound_.bindings, pointers_.data());
}

void Context::run(const void* const* inputs, void* const* outputs, void* const* updates) {
  check(updates || executable().graph.updates.empty(), ErrorCode::invalid_argument, executable().options.name,
        ": memory for ", executable().graph.updates.size(), " updates must be given");
  if (!settled_ && prepared_->packed()) bind();
  bound_.bindings.inputs = inputs;
  bound_.bindings.outputs = outputs;
  bound_.bindings.updates = updates;
  layout_.bind_caller(bound_.bindings, pointers_.data());
  if (poison_) std::memset(arena_.raw(), 0xff, arena_.bytes());  // NaN in every float
  team_->use(executable().runner);
  if (tracing()) [[unlikely]]
    run_traced(executable(), pointers_.data(), team_.get());
  else
    run_steps(executable(), executable().steps, pointers_.data(), team_.get(), nullptr);
  copy_results(executable(), bound_.bindings);
  if (!settled_) prepared_->start_packing(false);
}

}  // namespace keratin::exec
