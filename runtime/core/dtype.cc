#include "keratin/dtype.h"

#include <array>

#include "runtime/core/error.h"

namespace keratin {
inline namespace v1 {
namespace {

struct Row {
  std::string_view name;
  std::size_t size;
};
constexpr std::array<Row, 14> rows = {{{"bool", 1},
                                       {"int8", 1},
                                       {"int16", 2},
                                       {"int32", 4},
                                       {"int64", 8},
                                       {"uint8", 1},
                                       {"uint16", 2},
                                       {"uint32", 4},
                                       {"uint64", 8},
                                       {"float16", 2},
                                       {"bfloat16", 2},
                                       {"float32", 4},
                                       {"float64", 8},
                                       {"string", 0}}};

}  // namespace

std::size_t size_of(DType dtype) { return rows[static_cast<std::size_t>(dtype)].size; }
std::string_view name_of(DType dtype) { return rows[static_cast<std::size_t>(dtype)].name; }

DType parse_dtype(std::string_view name) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].name == name) return static_cast<DType>(i);
  fail(ErrorCode::invalid_argument, "dtype \"", name, "\" is unknown; expected a numpy name such as float32");
}

bool is_floating(DType dtype) { return dtype >= DType::float16 && dtype <= DType::float64; }
bool is_integer(DType dtype) { return dtype >= DType::int8 && dtype <= DType::uint64; }

}  // namespace v1
}  // namespace keratin
