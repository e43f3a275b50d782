#include "kernels/lib/cublaslt.h"

#include <initializer_list>
#include <limits>

#include "runtime/core/error.h"

namespace keratin::cublaslt {

const char* refuses(const Matmul& p) {
  if (!is_floating(p.dtype)) return "cuBLASLt: not a floating-point product";
  for (std::int64_t size : {p.batch, p.m, p.n, p.k, p.lda, p.ldb})
    if (size > std::numeric_limits<std::int32_t>::max()) return "cuBLASLt: a dimension is beyond 32 bits";
  if (p.batch < 1 || p.m < 1 || p.n < 1 || p.k < 1) return "cuBLASLt: a dimension is empty";
  return nullptr;
}

device::LibraryCall describe(const Matmul& p) {
  return {"cublaslt.matmul",
          cat(name_of(p.dtype), " batch ", p.batch, " m ", p.m, " n ", p.n, " k ", p.k,
              p.transpose_a ? " aT" : "", p.transpose_b ? " bT" : "", " lda ", p.lda, " ldb ", p.ldb)};
}

}  // namespace keratin::cublaslt
