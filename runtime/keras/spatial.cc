#include "runtime/keras/spatial.h"

namespace keratin::keras {

DataFormat ConfigValue<DataFormat>::read(const Json& j) {
  if (j.is_null()) return DataFormat::channels_last;
  const std::string& name = j.as_string();
  check(name == "channels_last" || name == "channels_first", ErrorCode::corrupt_file, "data_format \"", name,
        "\": expected channels_last or channels_first");
  return name == "channels_last" ? DataFormat::channels_last : DataFormat::channels_first;
}

Padding ConfigValue<Padding>::read(const Json& j) {
  std::string name = j.as_string();
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  check(name == "valid" || name == "same" || name == "causal", ErrorCode::corrupt_file, "padding \"", name,
        "\": expected valid, same or causal");
  return name == "valid" ? Padding::valid : name == "same" ? Padding::same : Padding::causal;
}

void check_spatial(const ir::Type& x, std::size_t rank) {
  check(x.rank() == rank + 2, ErrorCode::corrupt_file, "input of shape ", ir::to_string(x.shape),
        ": expected ", rank + 2, " axes");
}

std::int64_t channel_axis(DataFormat format) { return format == DataFormat::channels_last ? -1 : 1; }

ir::Value to_channels_last(ir::Value x, DataFormat format) {
  if (format == DataFormat::channels_last) return x;
  ir::Ints order = {0};
  for (std::size_t i = 2; i < x.rank(); ++i) order.push_back(static_cast<std::int64_t>(i));
  order.push_back(1);
  return ir::transpose(x, order);
}

ir::Value from_channels_last(ir::Value x, DataFormat format) {
  if (format == DataFormat::channels_last) return x;
  ir::Ints order = {0, static_cast<std::int64_t>(x.rank()) - 1};
  for (std::size_t i = 1; i + 1 < x.rank(); ++i) order.push_back(static_cast<std::int64_t>(i));
  return ir::transpose(x, order);
}

Pads pads_of(ir::Value x, Padding padding, const ir::Ints& window, const ir::Ints& strides,
             const ir::Ints& dilation) {
  Pads pads;
  for (std::size_t i = 0; i < window.size(); ++i) {
    const std::int64_t spread = dilation.empty() ? 1 : dilation[i];
    std::pair<ir::Dim, ir::Dim> both = {0, 0};
    if (padding == Padding::same) both = ir::same_padding(x.shape()[i + 1], window[i], strides[i], spread);
    if (padding == Padding::causal) both.first = spread * (window[i] - 1);
    pads.low.push_back(both.first);
    pads.high.push_back(both.second);
  }
  return pads;
}

Json data_format_of_dim_ordering(const Json& j) {
  if (!j.is_string() || j.as_string() == "default") return nullptr;
  check(j.as_string() == "tf" || j.as_string() == "th", ErrorCode::corrupt_file, "dim_ordering \"",
        j.as_string(), "\": expected tf or th");
  return j.as_string() == "tf" ? "channels_last" : "channels_first";
}

Json must_be_one(const Json& j) {
  check(j.is_number() && j.as_number() == 1, ErrorCode::unsupported, "only the value 1 is supported here");
  return j;
}

}  // namespace keratin::keras
