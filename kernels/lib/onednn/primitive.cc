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

Primitive::Primitive(Plan given)
    : plan(std::move(given)), packs(plan.packed != plan.raw), primitive_(plan.make(plan.desc)) {}

Sizes Primitive::sizes() const {
  return {packs ? plan.packed.get_size() : 0, plan.desc.scratchpad_desc().get_size()};
}

std::unique_ptr<Primitive::State> Primitive::take() const {
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
  auto add = [&](int argument, const memory::desc& desc) {
    state->tensors.emplace_back(desc, engine(), nullptr);
    state->arguments.push_back({argument, state->tensors.back().get()});
  };
  for (const Binding& binding : plan.bindings) add(binding.argument, binding.desc);
  add(DNNL_ARG_SCRATCHPAD, plan.desc.scratchpad_desc());
  return state;
}

void Primitive::run(const Arguments& arguments) const {
  const Threads threads(plan.threads);
  std::unique_ptr<State> state = take();
  // Setting a pointer also writes the zeros that fill up blocks; a tensor that stays is not touched again.
  auto set = [&](std::size_t i, const void* pointer) {
    dnnl::memory& tensor = state->tensors[i];
    if (tensor.get_data_handle() != pointer) tensor.set_data_handle(const_cast<void*>(pointer));
  };
  for (std::size_t i = 0; i < plan.bindings.size(); ++i) set(i, plan.bindings[i].pointer(arguments));
  set(plan.bindings.size(), arguments.scratch);
  dnnl::error::wrap_c_api(
      dnnl_primitive_execute(primitive_.get(), state->stream.get(), static_cast<int>(state->arguments.size()),
                             state->arguments.data()),
      "a primitive can't run");
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(state));
}

void Primitive::reorder(const memory::desc& from_desc, const void* from, const memory::desc& to_desc,
                        void* to) const {
  const Threads threads(plan.threads);
  dnnl::stream stream(engine());
  dnnl::memory source(from_desc, engine(), const_cast<void*>(from)), target(to_desc, engine(), to);
  dnnl::reorder(source, target).execute(stream, source, target);
}

}  // namespace keratin::onednn
