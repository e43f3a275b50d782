#include "kernels/lib/cudnn.h"

#include <initializer_list>
#include <limits>

#include "runtime/core/error.h"

namespace keratin::cudnn {
namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

std::string join(const std::array<std::int64_t, 3>& values, std::int32_t rank) {
  std::string text;
  for (std::int32_t i = 0; i < rank; ++i) text += cat(i ? "x" : "", values[static_cast<std::size_t>(i)]);
  return text;
}

}  // namespace

const char* refuses(const Softmax& p) {
  if (!is_floating(p.dtype)) return "cuDNN: softmax of integers";
  for (std::int64_t size : {p.outer, p.size, p.inner}) {
    if (size < 1) return "cuDNN: a dimension is empty";
    if (size > largest) return "cuDNN: a dimension is beyond 32 bits";
  }
  return nullptr;
}

const char* refuses(const Convolution& p) {
  if (!is_floating(p.dtype)) return "cuDNN: convolution of integers";
  if (p.rank < 1 || p.rank > 3) return "cuDNN: convolutions have one to three spatial axes";
  for (std::int64_t size : {p.batch, p.channels, p.filters, p.groups}) {
    if (size < 1) return "cuDNN: a dimension is empty";
    if (size > largest) return "cuDNN: a dimension is beyond 32 bits";
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(p.rank); ++i) {
    if (p.in[i] < 1 || p.out[i] < 1) return "cuDNN: a dimension is empty";
    if (p.low[i] < 0 || p.high[i] < 0) return "cuDNN: padding is negative";
  }
  return nullptr;
}

device::LibraryCall describe(const Softmax& p) {
  return {"cudnn.softmax",
          cat(name_of(p.dtype), p.logarithm ? " log " : " ", p.outer, "x", p.size, "x", p.inner)};
}

device::LibraryCall describe(const Convolution& p) {
  return {"cudnn.convolution",
          cat(name_of(p.dtype), " batch ", p.batch, " in ", join(p.in, p.rank), "x", p.channels, " out ",
              join(p.out, p.rank), "x", p.filters, " window ", join(p.window, p.rank), " strides ",
              join(p.strides, p.rank), " low ", join(p.low, p.rank), " high ", join(p.high, p.rank),
              " dilation ", join(p.dilation, p.rank), " groups ", p.groups)};
}

}  // namespace keratin::cudnn
