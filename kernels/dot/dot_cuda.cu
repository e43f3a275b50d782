#include "kernels/dot/dot_cuda.h"
#include "kernels/math/device.cuh"

namespace keratin {
namespace {

template <class T>
__global__ void dot_kernel(const dot::DotParameters p) {
  using C = launch::compute_type<T>;
  const std::int64_t count = p.batches * p.rows * p.columns;
  for (std::int64_t i = launch::first_item(); i < count; i += launch::item_step()) {
    const std::int64_t column = i % p.columns, row = i / p.columns % p.rows, batch = i / p.columns / p.rows;
    const std::int64_t a = launch::offset(p.batch, batch, 0) + launch::offset(p.row, row, 0);
    const std::int64_t b = launch::offset(p.batch, batch, 1) + launch::offset(p.column, column, 0);
    C sum = 0;
    for (std::int64_t k = 0; k < p.inners; ++k)
      sum = static_cast<C>(sum + launch::load<T>(p.a, a + launch::offset(p.inner, k, 0)) *
                                     launch::load<T>(p.b, b + launch::offset(p.inner, k, 1)));
    launch::store<T>(p.y, i, sum);
  }
}

}  // namespace

launch::Entries entries_dot_cuda() {
  launch::Entries entries;
  launch::for_numbers([&]<class T>(DType dtype) {
    entries.push_back(
        {launch::entry_name("dot_strided", dtype), reinterpret_cast<const void*>(&dot_kernel<T>)});
  });
  return entries;
}

}  // namespace keratin
