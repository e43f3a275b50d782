// einsum against its definition: a sum over all values of the labels.
#include "runtime/keras/einsum.h"

#include <map>

#include "../serialization/expect_error.h"
#include "runtime/ir/evaluate.h"

namespace keratin::keras {
namespace {

struct EinsumCase {
  const char* equation;
  std::vector<Shape> shapes;
  const char* spelled;  // the same without ellipsis, with its output
};

Tensor filled(const Shape& shape, int seed) {
  Tensor tensor(DType::float64, shape);
  for (std::size_t i = 0; i < tensor.elements(); ++i)
    tensor.data<double>()[i] = static_cast<double>((static_cast<int>(i) * 7 + seed * 5) % 11) - 5;
  return tensor;
}

// Walks all values of all labels; an axis of size 1 broadcasts.
Tensor by_definition(std::string_view equation, const std::vector<Tensor>& operands) {
  std::vector<std::string> terms = {""};
  const std::size_t arrow = equation.find("->");
  for (char c : equation.substr(0, arrow)) c == ',' ? terms.push_back("") : terms.back().push_back(c);
  const std::string output(equation.substr(arrow + 2));
  std::map<char, std::int64_t> size, at;
  for (std::size_t i = 0; i < terms.size(); ++i)
    for (std::size_t k = 0; k < terms[i].size(); ++k)
      size[terms[i][k]] = std::max(size[terms[i][k]], operands[i].dim(k));
  Shape shape;
  for (char c : output) shape.push_back(size[c]);
  Tensor result = Tensor::zeros(DType::float64, shape);
  auto offset = [&](const std::string& labels, const Shape& dims) {
    std::int64_t place = 0;
    for (std::size_t k = 0; k < labels.size(); ++k)
      place = place * dims[k] + (dims[k] == 1 ? 0 : at[labels[k]]);
    return static_cast<std::size_t>(place);
  };
  for (const auto& [label, n] : size) at[label] = 0;
  while (true) {
    double product = 1;
    for (std::size_t i = 0; i < terms.size(); ++i)
      product *= operands[i].data<double>()[offset(terms[i], operands[i].shape())];
    result.data<double>()[offset(output, shape)] += product;
    auto label = size.begin();
    for (; label != size.end() && ++at[label->first] == label->second; ++label) at[label->first] = 0;
    if (label == size.end()) return result;
  }
}

Tensor evaluated(std::string_view equation, const std::vector<Tensor>& operands) {
  ir::Graph graph;
  ir::Values values;
  for (const Tensor& tensor : operands)
    values.push_back(
        graph.input("x" + std::to_string(values.size()), {tensor.dtype(), ir::to_dims(tensor.shape())}));
  graph.output("y", einsum(equation, values));
  return ir::evaluate_graph(graph, operands)[0];
}

TEST(Einsum, FollowsItsDefinition) {
  const EinsumCase cases[] = {
      {"ab,bc->ac", {{2, 3}, {3, 4}}, "ab,bc->ac"},
      {"ab,bc", {{2, 3}, {3, 4}}, "ab,bc->ac"},
      {"ba,bc->ca", {{3, 2}, {3, 4}}, "ba,bc->ca"},
      {"abc->ca", {{2, 3, 4}}, "abc->ca"},
      {"ab->", {{2, 3}}, "ab->"},
      {"ab,ab->b", {{2, 3}, {2, 3}}, "ab,ab->b"},
      {"a,b->ab", {{2}, {3}}, "a,b->ab"},
      {"abd,cb->ac", {{2, 3, 4}, {5, 3}}, "abd,cb->ac"},
      {"ab,bc,cd->ad", {{2, 3}, {3, 4}, {4, 2}}, "ab,bc,cd->ad"},
      {"ab,ac,ad->bcd", {{2, 3}, {2, 4}, {2, 2}}, "ab,ac,ad->bcd"},
      {"...ab,bc->...ac", {{2, 3, 4, 5}, {5, 2}}, "xyab,bc->xyac"},
      {"...ab,...bc->...ac", {{2, 3, 4, 5}, {3, 5, 2}}, "xyab,ybc->xyac"},
      {"...ab,...bc->...ac", {{2, 1, 4, 5}, {2, 3, 5, 2}}, "xyab,xybc->xyac"},
      {"a...,a->...", {{2, 3, 4}, {2}}, "axy,a->xy"},
      {"...a, ...a", {{3, 4}, {3, 4}}, "xa,xa->x"},
      {"aecd,abcd->acbe", {{2, 3, 2, 4}, {2, 5, 2, 4}}, "aecd,abcd->acbe"},
  };
  for (const EinsumCase& row : cases) {
    SCOPED_TRACE(row.equation);
    std::vector<Tensor> operands;
    for (const Shape& shape : row.shapes)
      operands.push_back(filled(shape, static_cast<int>(operands.size())));
    const Tensor found = evaluated(row.equation, operands), wanted = by_definition(row.spelled, operands);
    ASSERT_EQ(found.shape(), wanted.shape());
    for (std::size_t i = 0; i < wanted.elements(); ++i)
      EXPECT_EQ(found.values<double>()[i], wanted.values<double>()[i]) << i;
  }
}

TEST(Einsum, RefusesWhatDoesNotFit) {
  const Tensor x = filled({2, 3}, 1);
  EXPECT_ERROR(evaluated("abc->a", {x}), ErrorCode::corrupt_file, "doesn't fit");
  EXPECT_ERROR(evaluated("ab,bc->ac", {x}), ErrorCode::corrupt_file, "2 tensors");
  EXPECT_ERROR(evaluated("ab->ac", {x}), ErrorCode::corrupt_file, "label");
  EXPECT_ERROR(evaluated("a1->a", {x}), ErrorCode::corrupt_file, "a1->a");
  EXPECT_ERROR(evaluated("aa->a", {filled({2, 2}, 1)}), ErrorCode::unsupported, "diagonals");
}

TEST(Einsum, FindsTheShapesOfWeights) {
  const EinsumShapes shapes = einsum_shapes("abc,cde->abde", {ir::Dim::symbol("B"), 3, 4}, {3, 2, 5}, "de");
  EXPECT_EQ(shapes.kernel, (Shape{4, 2, 5}));
  EXPECT_EQ(shapes.bias, (Shape{2, 5}));
  EXPECT_EQ(shapes.inputs, (std::vector<std::int64_t>{0}));
  EXPECT_EQ(shapes.outputs, (std::vector<std::int64_t>{1, 2}));
  EXPECT_ERROR(einsum_shapes("ab,cd->ad", {2, 3}, {4}, std::nullopt), ErrorCode::corrupt_file, "'c'");
  EXPECT_ERROR(einsum_shapes("ab->ab", {2, 3}, {3}, std::nullopt), ErrorCode::corrupt_file,
               "expected the form");
  EXPECT_ERROR(einsum_shapes("ab,bc->ac", {2, 3}, {4}, "x"), ErrorCode::corrupt_file, "bias_axes");
  EXPECT_ERROR(einsum_shapes("ab,bc->ac", {2, 3}, {4, 5}, std::nullopt), ErrorCode::corrupt_file,
               "output_shape");
}

}  // namespace
}  // namespace keratin::keras
