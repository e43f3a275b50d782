#include "runtime/keras/einsum.h"

#include <algorithm>
#include <map>

#include "runtime/core/error.h"

namespace keratin::keras {
namespace {

// A letter; or, for the axes of an ellipsis, -1 for the last of them, -2 for the one before …
using Label = int;
using Labels = std::vector<Label>;

bool has(const Labels& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}
std::int64_t place(const Labels& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) - labels.begin();
}

// The text of one term; elided: how many axes "..." stands for.
Labels parse_term(std::string_view text, std::size_t elided, std::string_view equation) {
  Labels labels;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) == "...") {
      for (std::size_t k = elided; k > 0; --k) labels.push_back(-static_cast<Label>(k));
      i += 2;
    } else if (text[i] != ' ') {
      check(std::isalpha(static_cast<unsigned char>(text[i])), ErrorCode::corrupt_file, "equation \"",
            equation, "\": '", text[i], "' is no label");
      labels.push_back(text[i]);
    }
  }
  return labels;
}

std::size_t letters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c); }));
}

struct Equation {
  std::vector<Labels> terms;
  Labels output;
};

Equation parse(std::string_view equation, const ir::Values& operands) {
  const std::size_t arrow = equation.find("->");
  std::string_view left = equation.substr(0, arrow);
  std::vector<std::string_view> texts;
  for (std::size_t comma; (comma = left.find(',')) != left.npos; left.remove_prefix(comma + 1))
    texts.push_back(left.substr(0, comma));
  texts.push_back(left);
  check(texts.size() == operands.size(), ErrorCode::corrupt_file, "equation \"", equation, "\" is for ",
        texts.size(), " tensors, given ", operands.size());
  Equation parsed;
  std::size_t elided = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::size_t named = letters(texts[i]), rank = operands[i].rank();
    const bool dots = texts[i].find("...") != texts[i].npos;
    check(dots ? rank >= named : rank == named, ErrorCode::corrupt_file, "equation \"", equation,
          "\" doesn't fit ", ir::to_string(operands[i].type()));
    if (dots) elided = std::max(elided, rank - named);
    parsed.terms.push_back(parse_term(texts[i], rank - named, equation));
    for (Label label : parsed.terms.back())
      check(std::count(parsed.terms.back().begin(), parsed.terms.back().end(), label) == 1,
            ErrorCode::unsupported, "equation \"", equation, "\": diagonals are not supported");
  }
  if (arrow != equation.npos) {
    parsed.output = parse_term(equation.substr(arrow + 2), elided, equation);
    return parsed;
  }
  std::map<Label, int> counts;
  for (const Labels& labels : parsed.terms)
    for (Label label : labels) ++counts[label];
  for (const auto& [label, count] : counts)  // the ellipsis first, then letters in their order
    if (label < 0 || count == 1) parsed.output.push_back(label);
  return parsed;
}

struct Term {
  ir::Value value;
  Labels labels;
};

// Sums over the labels that nobody else needs.
void sum_out(Term& term, const Labels& needed) {
  ir::Ints axes;
  Labels kept;
  for (std::size_t i = 0; i < term.labels.size(); ++i)
    if (has(needed, term.labels[i]))
      kept.push_back(term.labels[i]);
    else
      axes.push_back(static_cast<std::int64_t>(i));
  if (!axes.empty()) term.value = ir::sum(term.value, axes);
  term.labels = kept;
}

// Axes of size 1 that other broadcasts against are dropped.
void drop_broadcast(Term& term, const Term& other) {
  for (std::size_t i = term.labels.size(); i-- > 0;) {
    if (!has(other.labels, term.labels[i])) continue;
    const ir::Dim& theirs =
        other.value.shape()[static_cast<std::size_t>(place(other.labels, term.labels[i]))];
    if (!(term.value.shape()[i] == ir::Dim(1)) || theirs == ir::Dim(1)) continue;
    term.value = ir::squeeze(term.value, static_cast<std::int64_t>(i));
    term.labels.erase(term.labels.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

Term contract(Term a, Term b, const Labels& needed) {
  drop_broadcast(a, b);
  drop_broadcast(b, a);
  Labels for_a = needed, for_b = needed;
  for_a.insert(for_a.end(), b.labels.begin(), b.labels.end());
  for_b.insert(for_b.end(), a.labels.begin(), a.labels.end());
  sum_out(a, for_a);
  sum_out(b, for_b);
  ir::DotAxes axes;
  Labels batch, rest;
  for (Label label : a.labels) {
    if (!has(b.labels, label)) {
      rest.push_back(label);
      continue;
    }
    const bool is_batch = has(needed, label);
    (is_batch ? axes.batch_a : axes.contract_a).push_back(place(a.labels, label));
    (is_batch ? axes.batch_b : axes.contract_b).push_back(place(b.labels, label));
    if (is_batch) batch.push_back(label);
  }
  for (Label label : b.labels)
    if (!has(a.labels, label)) rest.push_back(label);
  batch.insert(batch.end(), rest.begin(), rest.end());
  return {ir::dot_general(a.value, b.value, axes), batch};
}

}  // namespace

ir::Value einsum(std::string_view equation, const ir::Values& operands) {
  const Equation parsed = parse(equation, operands);
  Term result = {operands[0], parsed.terms[0]};
  for (std::size_t i = 1; i < operands.size(); ++i) {
    Labels needed = parsed.output;
    for (std::size_t k = i + 1; k < operands.size(); ++k)
      needed.insert(needed.end(), parsed.terms[k].begin(), parsed.terms[k].end());
    result = contract(result, {operands[i], parsed.terms[i]}, needed);
  }
  sum_out(result, parsed.output);
  ir::Ints order;
  for (Label label : parsed.output) {
    check(has(result.labels, label) && std::count(parsed.output.begin(), parsed.output.end(), label) == 1,
          ErrorCode::corrupt_file, "equation \"", equation,
          "\": the output has a label that no operand has, ", "or one twice");
    order.push_back(place(result.labels, label));
  }
  return ir::transpose(result.value, order);
}

namespace {

struct Split {
  std::string input, kernel, output;
  bool elided_left = false, elided_right = false;
};

Split split(const std::string& equation) {
  const std::size_t comma = equation.find(','), arrow = equation.find("->");
  check(comma != equation.npos && arrow != equation.npos && comma < arrow &&
            equation.find(',', comma + 1) == equation.npos,
        ErrorCode::corrupt_file, "equation \"", equation, "\": expected the form \"ab,bc->ac\"");
  Split parts{equation.substr(0, comma), equation.substr(comma + 1, arrow - comma - 1),
              equation.substr(arrow + 2)};
  auto strip = [&](std::string& text) {  // the ellipsis: -1 left, 1 right, 0 none
    if (text.starts_with("...")) return text.erase(0, 3), -1;
    if (text.ends_with("...")) return text.erase(text.size() - 3), 1;
    return 0;
  };
  const int input = strip(parts.input), output = strip(parts.output);
  parts.elided_left = input < 0;
  parts.elided_right = input > 0;
  auto plain = [](const std::string& text) { return !text.empty() && letters(text) == text.size(); };
  check(input == output && plain(parts.input) && plain(parts.kernel) && plain(parts.output),
        ErrorCode::corrupt_file, "equation \"", equation,
        "\": expected letters, with \"...\" at the same end of input and output or nowhere");
  return parts;
}

// y's shape, -1 where it is not known: the batch, elided axes and what the config says.
Shape whole_output(const Split& parts, const ir::Dims& input, const Shape& output_shape) {
  auto known = [](const ir::Dim& dim) { return dim.is_constant() ? dim.value() : -1; };
  Shape whole = {known(input[0])};
  const std::size_t elided = input.size() - parts.input.size();
  if (parts.elided_left)
    for (std::size_t i = 1; i < elided; ++i) whole.push_back(known(input[i]));
  whole.insert(whole.end(), output_shape.begin(), output_shape.end());
  if (parts.elided_right)
    for (std::size_t i = input.size() - elided; i < input.size(); ++i) whole.push_back(known(input[i]));
  return whole;
}

}  // namespace

EinsumShapes einsum_shapes(const std::string& equation, const ir::Dims& input, const Shape& output_shape,
                           const std::optional<std::string>& bias_axes) {
  const Split parts = split(equation);
  const bool elides = parts.elided_left || parts.elided_right;
  check(elides ? input.size() >= parts.input.size() && !input.empty() : input.size() == parts.input.size(),
        ErrorCode::corrupt_file, "equation \"", equation, "\" doesn't fit an input of shape ",
        ir::to_string(input));
  const std::size_t elided = input.size() - parts.input.size(), left = parts.elided_left ? elided : 0;
  const Shape whole = whole_output(parts, input, output_shape);
  check(whole.size() == parts.output.size() + elided, ErrorCode::corrupt_file, "output_shape has ",
        output_shape.size(), " axes, which doesn't fit equation \"", equation, "\"");
  auto size_of_label = [&](char label, std::vector<std::int64_t>* in, std::vector<std::int64_t>* out,
                           std::int64_t axis) {
    const std::size_t made = parts.output.find(label), given = parts.input.find(label);
    check(made != std::string::npos || given != std::string::npos, ErrorCode::corrupt_file, "equation \"",
          equation, "\": the kernel's '", label, "' is neither in the input nor in the output");
    (made != std::string::npos ? out : in)->push_back(axis);
    std::int64_t size = made != std::string::npos ? whole[made + left] : -1;
    if (size < 0 && given != std::string::npos && input[given + left].is_constant())
      size = input[given + left].value();
    check(size > 0, ErrorCode::corrupt_file, "equation \"", equation, "\": the size of the kernel's '", label,
          "' is unknown or not positive");
    return size;
  };
  EinsumShapes shapes;
  for (std::size_t i = 0; i < parts.kernel.size(); ++i)
    shapes.kernel.push_back(
        size_of_label(parts.kernel[i], &shapes.inputs, &shapes.outputs, static_cast<std::int64_t>(i)));
  if (!bias_axes || bias_axes->empty()) return shapes;
  std::size_t first = parts.output.size();
  for (char label : *bias_axes) {
    check(parts.output.find(label) != std::string::npos, ErrorCode::corrupt_file, "bias_axes '", label,
          "' is not in the output of \"", equation, "\"");
    first = std::min(first, parts.output.find(label));
  }
  for (std::size_t i = first; i < parts.output.size(); ++i) {
    const bool biased = bias_axes->find(parts.output[i]) != std::string::npos;
    check(!biased || whole[i + left] > 0, ErrorCode::corrupt_file, "the size of the bias's axis '",
          parts.output[i], "' is unknown or not positive");
    shapes.bias.push_back(biased ? whole[i + left] : 1);
  }
  if (!parts.elided_left) shapes.bias.insert(shapes.bias.end(), elided, 1);
  return shapes;
}

}  // namespace keratin::keras
