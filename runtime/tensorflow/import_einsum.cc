// Einsum of two tensors whose letters are batched, contracted or kept: a dot_general and a transpose.
#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/tensorflow/import_row.h"

namespace keratin::tensorflow {
namespace {

std::int64_t axis_of(const std::string& letters, char letter) {
  return static_cast<std::int64_t>(letters.find(letter));
}
bool has(const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; }

bool repeats(std::string letters) {
  std::ranges::sort(letters);
  return std::ranges::adjacent_find(letters) != letters.end();
}

Items import_einsum(const Call& call) {
  call.expect_inputs(2);
  std::string equation = call.text("equation", "");
  std::erase(equation, ' ');
  const std::size_t comma = equation.find(','), arrow = equation.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || comma > arrow || has(equation, '.'))
    call.refuse(cat("the equation \"", equation, "\" is not of the form \"ab,bc->ac\""));
  const std::string a = equation.substr(0, comma), b = equation.substr(comma + 1, arrow - comma - 1),
                    result = equation.substr(arrow + 2);
  const ir::Value x = call.value(0), y = call.value(1);
  if (a.size() != x.rank() || b.size() != y.rank() || repeats(a) || repeats(b) || repeats(result))
    call.refuse(cat("the equation \"", equation, "\" repeats a letter or does not fit its inputs"));
  ir::DotAxes axes;
  std::string made;  // the letters of dot_general's result
  for (const char letter : a)
    if (has(b, letter) && has(result, letter)) {
      axes.batch_a.push_back(axis_of(a, letter));
      axes.batch_b.push_back(axis_of(b, letter));
      made += letter;
    } else if (has(b, letter)) {
      axes.contract_a.push_back(axis_of(a, letter));
      axes.contract_b.push_back(axis_of(b, letter));
    }
  for (const char letter : a)
    if (!has(b, letter)) made += letter;
  for (const char letter : b)
    if (!has(a, letter)) made += letter;
  ir::Ints permutation;
  for (const char letter : result)
    if (has(made, letter)) permutation.push_back(axis_of(made, letter));
  if (permutation.size() != made.size() || result.size() != made.size())
    call.refuse(cat("the equation \"", equation, "\" sums over a letter of one input"));
  return {{ir::transpose(ir::dot_general(x, y, std::move(axes)), std::move(permutation)), {}, {}}};
}

constexpr ImportRow rows[] = {{"Einsum", "output", import_einsum}};

}  // namespace
}  // namespace keratin::tensorflow
namespace keratin {
extern const tensorflow::ImportFamily rows_import_einsum{tensorflow::rows};
}
