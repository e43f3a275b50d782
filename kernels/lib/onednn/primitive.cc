#include "kernels/lib/onednn/primitive.h"

#include <omp.h>

#include "kernels/lib/onednn/compat.h"

namespace keratin::onednn {

const dnnl::engine& engine() {
  static const auto* one = new dnnl::engine(dnnl::engine::kind::cpu, 0);  // outlives every primitive
  return *one;
}

memory::data_type data_type_of(DType dtype) {
  if (dtype == DType::bfloat16) return memory::data_type::bf16;
  return dtype == DType::float16 ? memory::data_type::f16 : memory::data_type::f32;
}

Threads::Threads(int threads) : before_(omp_get_max_threads()) {
  if (threads != before_) omp_set_num_threads(threads);
}
Threads::~Threads() {
  if (omp_get_max_threads() != before_) omp_set_num_threads(before_);
}

dnnl::primitive_attr attributes_of(const Epilogue& e, const memory::desc& channels, const memory::desc& y,
                                   std::vector<Binding>& bindings) {
  using dnnl::algorithm;
  dnnl::post_ops ops;
  auto append = [&](algorithm algorithm, const memory::desc& desc, auto pointer) {
    bindings.push_back({DNNL_ARG_ATTR_MULTIPLE_POST_OP(ops.len()) | DNNL_ARG_SRC_1, pointer, desc});
    ops.append_binary(algorithm, desc);
  };
  if (e.scale)
    append(algorithm::binary_mul, channels, [](const Arguments& a) -> const void* { return a.scale; });
  if (e.scale && e.shift)  // alone it is the bias
    append(algorithm::binary_add, channels, [](const Arguments& a) -> const void* { return a.shift; });
  if (e.add) append(algorithm::binary_add, y, [](const Arguments& a) -> const void* { return a.add; });
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(ops);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

std::unique_ptr<Call::State> Call::take() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<State> state = std::move(idle_.back());
      idle_.pop_back();
      return state;
    }
  }
  auto state = std::make_unique<State>();
  state->stream = dnnl::stream(engine());
  state->tensors.reserve(tensors_.size());
  for (const auto& [argument, desc] : tensors_) {
    state->tensors.emplace_back(desc, engine(), nullptr);
    state->arguments.push_back({argument, state->tensors.back().get()});
  }
  return state;
}

// Setting a pointer also writes the zeros that fill up blocks; a tensor that stays is not touched again.
void Call::set(memory& tensor, const void* pointer) {
  if (tensor.get_data_handle() != pointer) tensor.set_data_handle(const_cast<void*>(pointer));
}

void Call::execute(std::unique_ptr<State> state) {
  dnnl::error::wrap_c_api(
      dnnl_primitive_execute(primitive_.get(), state->stream.get(), static_cast<int>(state->arguments.size()),
                             state->arguments.data()),
      "a primitive can't run");
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(state));
}

Primitive::Primitive(Plan given) : plan(std::move(given)), packs(plan.packed != plan.raw) {
  Call::Tensors tensors;
  for (const Binding& binding : plan.bindings) tensors.emplace_back(binding.argument, binding.desc);
  tensors.emplace_back(DNNL_ARG_SCRATCHPAD, plan.desc.scratchpad_desc());
  call_ = std::make_unique<Call>(plan.make(plan.desc), std::move(tensors));
  if (!packs) return;
  const memory::desc &from = plan.writes_w ? plan.packed : plan.raw,
                     &to = plan.writes_w ? plan.raw : plan.packed;
  const dnnl::reorder::primitive_desc desc(engine(), from, engine(), to);
  reorder_ =
      std::make_unique<Call>(dnnl::reorder(desc), Call::Tensors{{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

Sizes Primitive::sizes() const {
  return {packs ? plan.packed.get_size() : 0, plan.desc.scratchpad_desc().get_size()};
}

void Primitive::run(const Arguments& arguments) const {
  call_->run(plan.threads, [&](std::size_t i) -> const void* {
    return i < plan.bindings.size() ? plan.bindings[i].pointer(arguments) : arguments.scratch;
  });
}

void Primitive::reorder(const void* from, void* to, int threads) const {
  reorder_->run(threads, [&](std::size_t i) { return i == 0 ? from : to; });
}

}  // namespace keratin::onednn
