#include "runtime/keras/spatial.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::int64_t num_tokens;
  std::string output_mode;

  template <class V>
  void describe(V& v) {
    v("num_tokens", num_tokens);
    v("output_mode", output_mode, "multi_hot");
    if (output_mode == "binary") output_mode = "multi_hot";  // its name in TensorFlow 2.3
    v.dropped("sparse");                                     // how the original stores the same numbers
  }
};

void build(BuildContext&, const Config& c) {
  check(c.num_tokens > 0 && c.num_tokens < (std::int64_t(1) << 31), ErrorCode::corrupt_file, "num_tokens ",
        c.num_tokens, ": expected a positive integer");
  check(c.output_mode == "multi_hot" || c.output_mode == "one_hot" || c.output_mode == "count",
        ErrorCode::corrupt_file, "output_mode \"", c.output_mode, "\": expected multi_hot, one_hot or count");
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value weights = cx.tensor_argument("count_weights", 1);
  check(!weights || c.output_mode == "count", ErrorCode::corrupt_file,
        "count_weights are for output_mode \"count\" alone");
  ir::Value x = cx.input();
  if (!is_integer(x.dtype())) x = ir::cast(x, DType::int32);
  if (x.rank() == 0) x = ir::expand_dims(x, 0);
  if (c.output_mode == "one_hot" && x.rank() > 1 && x.shape().back() == ir::Dim(1)) x = ir::squeeze(x, -1);
  const DType dtype = weights ? cx.compute_dtype() : cx.layer.dtype.variable();
  ir::Value y = ir::one_hot(x, c.num_tokens, dtype);
  if (c.output_mode == "multi_hot") y = ir::reduce("reduce_max", y, {-2});
  if (weights) y = y * ir::expand_dims(ir::cast(weights, dtype), -1);
  if (c.output_mode == "count") y = ir::sum(y, {x.rank() > 1 ? 1 : 0});
  return {y};
}

constexpr LayerCase cases[] = {
    {R"({"num_tokens": 4})", "int32[2,3]"},
    {R"({"num_tokens": 5, "output_mode": "one_hot"})", "int64[3,1]"},
    {R"({"num_tokens": 4, "output_mode": "one_hot"})", "int32[3,2]"},
    {R"({"num_tokens": 4, "output_mode": "count"})", "int32[3,5]"},
    {R"({"num_tokens": 4, "output_mode": "count"})", "int32[2,3]", R"({"count_weights": "float32[2,3]"})"},
    {R"({"num_tokens": 4})", "int32[3]"},
};

}  // namespace
extern const LayerDef layer_category_encoding =
    define_layer<Config, build, lower>({.class_name = "CategoryEncoding", .cases = cases});
}  // namespace keratin
