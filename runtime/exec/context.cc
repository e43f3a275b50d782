#include "runtime/exec/context.h"

#include <cstring>

#include "runtime/core/env.h"
#include "runtime/core/error.h"
#include "runtime/core/log.h"
#include "runtime/exec/trace.h"

namespace keratin::exec {

Prepared::Prepared(std::shared_ptr<const Executable> executable, SnapshotPtr snapshot)
    : executable_(std::move(executable)), snapshot_(std::move(snapshot)) {
  for (const Tensor& value : snapshot_->values) variables_.push_back(value.raw());
  for (const ir::Type& type : executable_->prepared) {
    values_.emplace_back(type.dtype, ir::to_shape(type.shape));
    prepared_.push_back(values_.back().raw());
  }
  Tensor scratch(DType::uint8, {static_cast<std::int64_t>(executable_->preparation_scratch)});
  Team team(1);
  const Bindings bound = bindings();
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

Bindings Prepared::bindings() const {
  Bindings bindings;
  bindings.variables = variables_.data();
  bindings.prepared = prepared_.data();
  if (packed()) bindings.packed = packed_.data();
  return bindings;
}

void Prepared::start_packing(bool wait) {
  if (executable_->packings.empty()) return;
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
  Bindings bound;
  bound.variables = variables_.data();
  bound.prepared = prepared_.data();
  for (const PlannedPacking& packing : executable_->packings) {
    if (cancel_) return;
    packed_values_.emplace_back(DType::uint8, Shape{static_cast<std::int64_t>(packing.bytes)});
    packing.pack(resolve(*executable_, packing.source, bound), packed_values_.back().raw());
    packed_.push_back(packed_values_.back().raw());
  }
  packed_ready_.store(true, std::memory_order_release);
}

Context::Context(std::shared_ptr<Prepared> prepared, std::shared_ptr<Team> team)
    : prepared_(std::move(prepared)),
      team_(std::move(team)),
      arena_(DType::uint8, {static_cast<std::int64_t>(prepared_->executable().arena_bytes)}),
      layout_(prepared_->executable()),
      pointers_(layout_.count()),
      poison_(env::get("KERATIN_POISON") == "1") {
  packed_bound_ = prepared_->packed();
  bindings_ = prepared_->bindings();
  bindings_.arena = static_cast<std::byte*>(arena_.raw());
  layout_.bind(executable(), bindings_, pointers_.data());
}

void Context::run(const void* const* inputs, void* const* outputs, void* const* updates) {
  check(updates || executable().graph.updates.empty(), ErrorCode::invalid_argument, executable().options.name,
        ": memory for ", executable().graph.updates.size(), " updates must be given");
  if (!packed_bound_ && prepared_->packed()) {
    packed_bound_ = true;
    bindings_.packed = prepared_->bindings().packed;
    layout_.bind(executable(), bindings_, pointers_.data());
  }
  bindings_.inputs = inputs;
  bindings_.outputs = outputs;
  bindings_.updates = updates;
  layout_.bind_caller(bindings_, pointers_.data());
  if (poison_) std::memset(arena_.raw(), 0xff, arena_.bytes());  // NaN in every float
  if (tracing()) [[unlikely]]
    run_traced(executable(), pointers_.data(), team_.get());
  else
    run_steps(executable(), executable().steps, pointers_.data(), team_.get(), nullptr);
  copy_results(executable(), bindings_);
  if (!packed_bound_) prepared_->start_packing(false);
}

}  // namespace keratin::exec
