// What layers over spatial axes share: one size per axis, padding, and the data format that becomes
// transposes around channels-last ops.
#pragma once

#include "runtime/ir/build_nn.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin::keras {

enum class DataFormat { channels_last, channels_first };
enum class Padding { valid, same, causal };

// An int or a list of rank ints, each at least `least`; written as a list.
template <std::size_t rank, std::int64_t least = 1>
struct PerAxis {
  ir::Ints values;
};

template <>
struct ConfigValue<DataFormat> {
  static DataFormat read(const Json& j);  // null: channels_last
  static Json write(DataFormat v) {
    return v == DataFormat::channels_last ? "channels_last" : "channels_first";
  }
};
template <>
struct ConfigValue<Padding> {
  static Padding read(const Json& j);
  static Json write(Padding v) {
    return v == Padding::valid ? "valid" : v == Padding::same ? "same" : "causal";
  }
};
template <std::size_t rank, std::int64_t least>
struct ConfigValue<PerAxis<rank, least>> {
  static PerAxis<rank, least> read(const Json& j) {
    PerAxis<rank, least> sizes;
    if (j.is_array())
      for (const Json& item : j.as_array()) sizes.values.push_back(item.as_integer());
    else
      sizes.values.assign(rank, j.as_integer());
    check(sizes.values.size() == rank, ErrorCode::corrupt_file, sizes.values.size(), " values, expected ",
          rank);
    for (std::int64_t value : sizes.values)
      check(value >= least && value < (std::int64_t(1) << 31), ErrorCode::corrupt_file, value,
            ": expected an integer of at least ", least, " and below 2^31");
    return sizes;
  }
  static Json write(const PerAxis<rank, least>& v) { return ConfigValue<ir::Ints>::write(v.values); }
};

// x must have rank spatial axes beside batch and channels. Throws Error{corrupt_file}.
void check_spatial(const ir::Type& x, std::size_t rank);
std::int64_t channel_axis(DataFormat format);  // -1 or 1
ir::Value to_channels_last(ir::Value x, DataFormat format);
ir::Value from_channels_last(ir::Value x, DataFormat format);

// What padding adds to each spatial axis of x, which is channels last.
struct Pads {
  ir::Dims low, high;
};
Pads pads_of(ir::Value x, Padding padding, const ir::Ints& window, const ir::Ints& strides,
             const ir::Ints& dilation = {});

// Old spellings. "tf" and "th" -> "channels_last" and "channels_first".
Json data_format_of_dim_ordering(const Json& j);
// For keys that Keras 3 dropped and that only ever did nothing: throws Error{unsupported} unless 1.
Json must_be_one(const Json& j);

}  // namespace keratin::keras
