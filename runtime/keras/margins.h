// What zero padding and cropping share: a number of elements before and after each spatial axis.
#pragma once

#include "runtime/keras/spatial.h"

namespace keratin::keras {

// 1; [1, 2] per axis (one axis: before, after); [[1, 2], [3, 4]]; Keras 1 also [top, bottom, left, right].
template <std::size_t rank>
struct Margins {
  ir::Ints low, high;
};

// Throws Error{corrupt_file}.
void read_margins(const Json& j, std::size_t rank, ir::Ints& low, ir::Ints& high);

template <std::size_t rank>
struct ConfigValue<Margins<rank>> {
  static Margins<rank> read(const Json& j) {
    Margins<rank> margins;
    read_margins(j, rank, margins.low, margins.high);
    return margins;
  }
  static Json write(const Margins<rank>& v) {
    Json::Array pairs;
    for (std::size_t i = 0; i < rank; ++i) pairs.push_back(Json::Array{v.low[i], v.high[i]});
    return rank == 1 ? pairs[0] : Json(std::move(pairs));
  }
};

ir::Value add_margins(ir::Value x, DataFormat format, const ir::Ints& low, const ir::Ints& high);
// Throws Error{corrupt_file} where nothing would be left.
ir::Value remove_margins(ir::Value x, DataFormat format, const ir::Ints& low, const ir::Ints& high);
// Each element of the spatial axes several times.
ir::Value repeat_elements(ir::Value x, DataFormat format, const ir::Ints& times);

}  // namespace keratin::keras
