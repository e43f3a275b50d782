// dot_general: MatMul where it is one, else Einsum, which says all of it.
#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/tensorflow/body_emitter.h"
#include "runtime/tensorflow/emit_row.h"

namespace keratin::tensorflow {
namespace {

using ir::Ints;

// "abc,dcb->ad": a letter per axis, shared where axes are contracted or batched.
std::string equation(const ir::Node& node) {
  const std::size_t rank_a = node.in(0).rank(), rank_b = node.in(1).rank();
  check(rank_a + rank_b <= 26, ErrorCode::unsupported, "a dot over ", rank_a + rank_b,
        " axes is not written");
  std::string a, b(rank_b, '?');
  for (std::size_t i = 0; i < rank_a; ++i) a += static_cast<char>('a' + i);
  const auto share = [&](const Ints& of_a, const Ints& of_b) {
    for (std::size_t i = 0; i < of_a.size(); ++i)
      b[static_cast<std::size_t>(of_b[i])] = a[static_cast<std::size_t>(of_a[i])];
  };
  const Ints &contract_a = node.get<Ints>("contract_a"), &batch_a = node.get<Ints>("batch_a");
  share(contract_a, node.get<Ints>("contract_b"));
  share(batch_a, node.get<Ints>("batch_b"));
  std::string result, rest;
  for (const std::int64_t axis : batch_a) result += a[static_cast<std::size_t>(axis)];
  for (std::size_t i = 0; i < rank_a; ++i) {
    const auto axis = static_cast<std::int64_t>(i);
    if (std::ranges::count(contract_a, axis) + std::ranges::count(batch_a, axis) == 0) result += a[i];
  }
  for (std::size_t i = 0; i < rank_b; ++i)
    if (b[i] == '?') rest += b[i] = static_cast<char>('a' + rank_a + i);
  return a + "," + b + "->" + result + rest;
}

std::vector<std::string> emit_dot(const Emission& e) {
  const ir::Node& node = e.node;
  const serialization::TfAttr type = type_attr(node.in(0).dtype);
  const Ints &a = node.get<Ints>("contract_a"), &b = node.get<Ints>("contract_b");
  if (node.in(0).rank() == 2 && node.in(1).rank() == 2 && a.size() == 1 && node.get<Ints>("batch_a").empty())
    return {e.body.add("MatMul", e.inputs,
                       {{"T", type}, {"transpose_a", {a[0] == 0}}, {"transpose_b", {b[0] == 1}}})};
  return {e.body.add("Einsum", e.inputs,
                     {{"T", type}, {"N", {std::int64_t{2}}}, {"equation", {equation(node)}}})};
}

constexpr EmitRow rows[] = {{"dot_general", emit_dot}};

}  // namespace
}  // namespace keratin::tensorflow
namespace keratin {
extern const tensorflow::EmitFamily rows_emit_dot{tensorflow::rows};
}
