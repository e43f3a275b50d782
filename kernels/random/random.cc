// Random numbers as TensorFlow's stateless ops with the Philox algorithm give them: random_key is
// StatelessRandomGetKeyCounter, random_bits StatelessRandomUniformFullIntV2, random_uniform
// StatelessRandomUniformV2, random_normal StatelessRandomNormalV2.
#include "kernels/random/random.h"

#include "runtime/ir/op.h"

namespace keratin {
namespace {

using namespace ir;
using random::Kind;

constexpr AttributeDef float_attributes[] = {{"shape", AttributeKind::dims},
                                             {"dtype", AttributeKind::dtype, "f32"}};
constexpr AttributeDef bits_attributes[] = {{"shape", AttributeKind::dims},
                                            {"dtype", AttributeKind::dtype, "u32"}};

std::vector<Type> infer_key(const Node& node) {
  op_check_inputs(node, 1);
  op_check(is_integer(node.in(0).dtype) && node.in(0).shape == Dims{2}, node, "the seed is ",
           to_string(node.in(0)), ", expected two integers");
  return {{DType::uint64, {1}}, {DType::uint64, {2}}};
}

// The seed goes through the generator once, so that poor seeds give good keys.
void evaluate_key(const Node&, std::span<const HostView> in, std::span<const HostView> out) {
  std::uint64_t seed[2] = {};
  visit_dtype(in[0].dtype, [&]<class T>() {
    if constexpr (std::is_integral_v<T>)
      for (int i = 0; i < 2; ++i)
        seed[i] = static_cast<std::uint64_t>(static_cast<std::int64_t>(in[0].as<T>()[i]));
  });
  const random::Words mix = random::Stream{0x02461e293ec8f720, seed[0], seed[1]}.words(0);
  out[0].as<std::uint64_t>()[0] = mix[0] | std::uint64_t{mix[1]} << 32;
  out[1].as<std::uint64_t>()[0] = 0;
  out[1].as<std::uint64_t>()[1] = mix[2] | std::uint64_t{mix[3]} << 32;
}

template <Kind kind>
std::vector<Type> infer(const Node& node) {
  op_check_inputs(node, 2);
  op_check(node.in(0) == Type{DType::uint64, {1}} && node.in(1) == Type{DType::uint64, {2}}, node,
           "key and counter are ", to_string(node.in(0)), " and ", to_string(node.in(1)),
           ", expected u64[1] and u64[2]");
  const auto dtype = node.get<DType>("dtype");
  const bool whole = is_integer(dtype) && size_of(dtype) >= 4;
  op_check(kind == Kind::bits ? whole : is_floating(dtype), node, "is not defined for ", name_of(dtype));
  return {{dtype, node.get<Dims>("shape")}};
}

template <Kind kind>
void evaluate(const Node&, std::span<const HostView> in, std::span<const HostView> out) {
  const random::Stream stream = random::stream_of(in[0].data, in[1].data);
  const std::int64_t count = out[0].elements();
  random::visit_distribution(kind, out[0].dtype, [&]<class D, class T>() {
    random::fill<D>(stream, 0, (count + D::size - 1) / D::size, count, out[0].as<T>());
  });
}

constexpr const char* no_gradient = "random numbers depend on no tensor";
constexpr Case key_cases[] = {{"", "i32[2]"}, {"", "u64[2]"}};
constexpr Case bits_cases[] = {{"shape=[2,5]", "u64[1] u64[2]"}, {"shape=[3], dtype=i64", "u64[1] u64[2]"}};
constexpr Case float_cases[] = {{"shape=[2,5]", "u64[1] u64[2]"},
                                {"shape=[3], dtype=f64", "u64[1] u64[2]"},
                                {"shape=[], dtype=f16", "u64[1] u64[2]"},
                                {"shape=[40,50], dtype=bf16", "u64[1] u64[2]"},
                                {"shape=[70,80]", "u64[1] u64[2]"}};

constexpr OpDef ops[] = {
    {"random_key", {}, infer_key, {nullptr, no_gradient}, nullptr, evaluate_key, key_cases},
    {"random_bits",
     bits_attributes,
     infer<Kind::bits>,
     {nullptr, no_gradient},
     nullptr,
     evaluate<Kind::bits>,
     bits_cases},
    {"random_uniform",
     float_attributes,
     infer<Kind::uniform>,
     {nullptr, no_gradient},
     nullptr,
     evaluate<Kind::uniform>,
     float_cases},
    {"random_normal",
     float_attributes,
     infer<Kind::normal>,
     {nullptr, no_gradient},
     nullptr,
     evaluate<Kind::normal>,
     float_cases},
};

}  // namespace
extern const OpFamily ops_random{ops};
}  // namespace keratin
