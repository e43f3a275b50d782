// cuBLASLt as the host parts of kernels see it: which products it takes, and the call. Plain C++: the null
// device records the call, the CUDA module makes it.
#pragma once

#include <string>

#include "keratin/dtype.h"
#include "runtime/device/stream.h"

namespace keratin::cublaslt {

// y (batch, m, n) = a (batch, m, k) · b (batch, k, n), all row-major; transposed: the matrix is stored with
// its axes swapped. Leading dimensions and distances between batches count elements.
struct Matmul {
  DType dtype;
  bool transpose_a, transpose_b;
  std::int64_t batch, m, n, k;
  std::int64_t lda, ldb;
  std::int64_t batch_a, batch_b;
};
struct MatmulParameters {
  Matmul problem;
  const void *a, *b;
  void* y;
};

// Our support table: null, or why not.
const char* refuses(const Matmul& problem);
device::LibraryCall describe(const Matmul& problem);

}  // namespace keratin::cublaslt
