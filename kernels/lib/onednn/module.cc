// The entry of libkeratin_onednn: one function that hands out the table.
#include <omp.h>

#include <string_view>

#include "kernels/lib/onednn/compat.h"
#include "kernels/lib/onednn/primitive.h"
#include "runtime/core/error.h"

namespace keratin::onednn {
namespace {

constexpr const char* version =
#define KERATIN_TEXT(x) #x
#define KERATIN_VERSION(a, b, c) KERATIN_TEXT(a) "." KERATIN_TEXT(b) "." KERATIN_TEXT(c)
    KERATIN_VERSION(DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR, DNNL_VERSION_PATCH);

// What 2.6 takes and computes wrongly: its convolution by a matrix product adds a whole tensor from the wrong
// places.
const char* why_wrong(const Convolution& problem, std::string_view implementation) {
  if (!problem.epilogue.add || implementation.find("gemm") == std::string_view::npos) return nullptr;
  return "oneDNN's convolution by gemm can't be trusted to add a tensor";
}
const char* why_wrong(const Dot&, std::string_view) { return nullptr; }

// oneDNN's exceptions end here.
template <class Problem>
const char* refuses(const Problem& problem) {
  const Threads threads(problem.threads);
  try {
    const Plan planned = plan(problem);
    const std::string_view implementation = planned.desc.impl_info_str();
    if (implementation.starts_with("ref")) return "oneDNN has only its own reference for this";
    return why_wrong(problem, implementation);
  } catch (const dnnl::error& e) {
    return e.status == dnnl_invalid_arguments ? "oneDNN: not a problem as it knows them"
                                              : "oneDNN has nothing for this on this machine";
  }
}

template <class Body>
decltype(auto) guarded(Body&& body) {
  try {
    return body();
  } catch (const dnnl::error& e) {
    fail(ErrorCode::internal, "oneDNN: ", e.message, " (status ", static_cast<int>(e.status), ")");
  }
}

template <class Problem>
Primitive* make(const Problem& problem) {
  const Threads threads(problem.threads);
  return guarded([&] { return new Primitive(plan(problem)); });
}

// oneDNN has nothing below SSE 4.1 but its references, and knows no limit on other processors.
void limit_isa(const char* name) {
  const std::string_view isa = name;
  if (isa == "scalar" || isa == "sse4") dnnl::set_max_cpu_isa(dnnl::cpu_isa::sse41);
  if (isa == "avx2") dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
  if (isa == "avx512") dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx512_core);
}

// OpenMP may give fewer threads than asked for.
void run_parts(int parts, void (*part)(void* context, int number), void* context) {
#pragma omp parallel num_threads(parts)
  for (int number = omp_get_thread_num(); number < parts; number += omp_get_num_threads())
    part(context, number);
}

constexpr Table functions = {
    version,
    {run_parts},
    limit_isa,
    refuses<Convolution>,
    refuses<Dot>,
    make<Convolution>,
    make<Dot>,
    [](Primitive* primitive) { delete primitive; },
    [](const Primitive* primitive) { return primitive->sizes(); },
    [](const Primitive* primitive) { return primitive->plan.desc.impl_info_str(); },
    [](const Primitive* primitive, const Arguments& arguments) {
      guarded([&] { primitive->run(arguments); });
    },
    [](const Primitive* primitive, const void* from, void* to, int threads) {
      guarded([&] { primitive->reorder(from, to, threads); });
    },
};

}  // namespace
}  // namespace keratin::onednn

// Null when the caller belongs to another build: the structs of the table could differ.
extern "C" __attribute__((visibility("default"))) const void* keratin_onednn(const char* build) {
  if (std::string_view(build) != KERATIN_BUILD_ID) return nullptr;
  return &keratin::onednn::functions;
}
