#include "runtime/keras/margins.h"

namespace keratin::keras {
namespace {

std::int64_t margin(const Json& j) {
  const std::int64_t value = j.as_integer();
  check(value >= 0 && value < (std::int64_t(1) << 31), ErrorCode::corrupt_file, value,
        ": expected an integer of at least 0 and below 2^31");
  return value;
}

}  // namespace

void read_margins(const Json& j, std::size_t rank, ir::Ints& low, ir::Ints& high) {
  if (!j.is_array()) {
    low.assign(rank, margin(j));
    high = low;
    return;
  }
  const Json::Array& items = j.as_array();
  const bool flat = items.size() == 2 * rank && !items[0].is_array();  // also one axis: [before, after]
  check(flat || items.size() == rank, ErrorCode::corrupt_file, items.size(), " values, expected ", rank,
        " or as many pairs");
  for (std::size_t i = 0; i < rank; ++i) {
    const bool pair = !flat && items[i].is_array();
    check(!pair || items[i].as_array().size() == 2, ErrorCode::corrupt_file, "expected pairs");
    low.push_back(margin(flat ? items[2 * i] : pair ? items[i].as_array()[0] : items[i]));
    high.push_back(margin(flat ? items[2 * i + 1] : pair ? items[i].as_array()[1] : items[i]));
  }
}

ir::Value add_margins(ir::Value x, DataFormat format, const ir::Ints& low, const ir::Ints& high) {
  check_spatial(x.type(), low.size());
  ir::Ints before(x.rank()), after(x.rank());
  for (std::size_t i = 0; i < low.size(); ++i) {
    const std::size_t axis = i + (format == DataFormat::channels_last ? 1 : 2);
    before[axis] = low[i];
    after[axis] = high[i];
  }
  return ir::pad(x, before, after);
}

ir::Value remove_margins(ir::Value x, DataFormat format, const ir::Ints& low, const ir::Ints& high) {
  check_spatial(x.type(), low.size());
  for (std::size_t i = 0; i < low.size(); ++i) {
    const std::size_t axis = i + (format == DataFormat::channels_last ? 1 : 2);
    const ir::Dim size = x.shape()[axis];
    check(!size.is_constant() || size.value() > low[i] + high[i], ErrorCode::corrupt_file, "cropping ",
          low[i], " and ", high[i], " leaves nothing of axis ", axis, " of ", ir::to_string(x.shape()));
    x = ir::slice_axis(x, static_cast<std::int64_t>(axis), low[i], size - high[i]);
  }
  return x;
}

ir::Value repeat_elements(ir::Value x, DataFormat format, const ir::Ints& times) {
  check_spatial(x.type(), times.size());
  ir::Dims split, repeated, joined;
  for (std::size_t axis = 0; axis < x.rank(); ++axis) {
    const std::size_t i = axis - (format == DataFormat::channels_last ? 1 : 2);  // wraps before the first
    const ir::Dim& size = x.shape()[axis];
    split.push_back(size);
    repeated.push_back(size);
    joined.push_back(i < times.size() ? size * times[i] : size);
    if (i >= times.size()) continue;
    split.push_back(1);
    repeated.push_back(times[i]);
  }
  return ir::reshape(ir::broadcast_to(ir::reshape(x, split), repeated), joined);
}

}  // namespace keratin::keras
