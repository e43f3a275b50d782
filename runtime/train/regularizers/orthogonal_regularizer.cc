#include "runtime/train/regularizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number factor;
  std::string mode;

  template <class V>
  void describe(V& v) {
    v("factor", factor, 0.01);
    v("mode", mode, "rows");
  }
};

// The mean of |cosine| between different rows (or columns).
ir::Value penalty(ir::Value x, const Config& c) {
  const bool rows = c.mode == "rows";
  check(rows || c.mode == "columns", ErrorCode::corrupt_file, "mode \"", c.mode,
        "\": expected \"rows\" or \"columns\"");
  check(x.rank() == 2, ErrorCode::corrupt_file, "OrthogonalRegularizer is for matrices, not for ",
        to_string(x.type()));
  if (!rows) x = ir::transpose(x, {1, 0});
  const ir::Value squares = ir::sum(ir::square(x), {1}, ir::Keep::yes);
  x = x * ir::rsqrt(ir::maximum(squares, ir::constant_like(x, 1e-12)));
  const ir::Value products = ir::dot_general(x, x, {{1}, {1}, {}, {}});
  const auto count = static_cast<double>(x.shape()[0].value());
  Tensor others = Tensor::zeros(DType::float32, {x.shape()[0].value(), x.shape()[0].value()});
  for (std::size_t i = 0; i < others.elements(); ++i)
    others.data<float>()[i] = i % (static_cast<std::size_t>(count) + 1) ? 1.0f : 0.0f;
  const ir::Value off_diagonal = products * ir::cast(ir::constant(x.graph(), others), x.dtype());
  return sum_all(ir::unary("abs", off_diagonal)) * c.factor.value * 0.5 / (count * (count - 1) / 2);
}

constexpr const char* aliases[] = {"orthogonal_regularizer"};
const RegularizerCase cases[] = {{"{}", {3, 4}}, {R"({"factor": 0.3, "mode": "columns"})", {3, 4}}};

}  // namespace
extern const RegularizerDef regularizer_orthogonal_regularizer = define_regularizer<Config, penalty>(
    {.class_name = "OrthogonalRegularizer", .cases = cases, .aliases = aliases});
}  // namespace keratin
