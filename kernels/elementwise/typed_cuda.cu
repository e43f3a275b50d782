// cast and select.
#include "kernels/elementwise/elementwise.cuh"

namespace keratin::elementwise {
namespace {

// As on the CPU: out-of-range and NaN become the smallest integer.
template <class To, class From>
__device__ To convert(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    // Both limits are exact in double but the largest int64: that and above are out of range.
    const double wide = static_cast<double>(x);
    const double low = static_cast<double>(std::numeric_limits<To>::min());
    const double high = static_cast<double>(std::numeric_limits<To>::max());
    const bool inside = wide > low - 1 && (sizeof(To) == 8 ? wide < high : wide < high + 1);
    return inside || wide == low ? static_cast<To>(x) : std::numeric_limits<To>::min();
  } else {
    return static_cast<To>(x);
  }
}

template <class From, class To>
__global__ void cast_kernel(const ElementwiseParameters p) {
  for (std::int64_t i = launch::first_item(); i < p.count; i += launch::item_step())
    launch::store<To>(p.out, i, convert<launch::compute_type<To>>(launch::load<From>(p.in[0], i)));
}

template <class T>
__global__ void select_kernel(const ElementwiseParameters p) {
  for (std::int64_t i = launch::first_item(); i < p.count; i += launch::item_step()) {
    const bool first = launch::load<bool>(p.in[0], launch::offset(p.nest, i, 0));
    const std::size_t k = first ? 1 : 2;
    static_cast<T*>(p.out)[i] = static_cast<const T*>(p.in[k])[launch::offset(p.nest, i, k)];
  }
}

}  // namespace
}  // namespace keratin::elementwise

namespace keratin {

launch::Entries entries_typed_cuda() {
  launch::Entries entries;
  launch::for_all([&]<class From>(DType from) {
    launch::for_all([&]<class To>(DType to) {
      entries.push_back({launch::entry_name(launch::entry_name("cast", from).c_str(), to),
                         reinterpret_cast<const void*>(&elementwise::cast_kernel<From, To>)});
    });
    entries.push_back({launch::entry_name("select", from),
                       reinterpret_cast<const void*>(&elementwise::select_kernel<From>)});
  });
  return entries;
}

}  // namespace keratin
