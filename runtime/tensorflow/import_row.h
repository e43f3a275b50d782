// ImportRow: how one TensorFlow op becomes part of our graph. One row per op, in the import_*.cc of its
// family.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/ir/build.h"
#include "runtime/ir/graph.h"
#include "serialization/graph_document.h"

namespace keratin::tensorflow {

// Integers whose values are known while importing, as dims: the arithmetic that TensorFlow does on shapes.
struct Known {
  DType dtype = DType::int32;
  bool vector = false;  // one dimension, else a scalar
  ir::Dims numbers;
};

// One TensorFlow tensor: a value, known integers (made a value when one is asked for), or a variable's
// handle.
struct Item {
  ir::Value value;
  std::optional<Known> known;
  std::optional<std::size_t> variable;  // index in Graph::variables
};
using Items = std::vector<Item>;
// Known integers as a tensor of the graph: a constant, or put together from dimensions.
ir::Value materialise(ir::Graph& graph, const Known& known);

class FunctionImporter;
struct ImportRow;

// One node while it is imported. Every accessor throws Error{unsupported} or Error{corrupt_file} naming the
// node.
struct Call {
  FunctionImporter& importer;
  ir::Graph& graph;
  const serialization::TfNode& node;
  const ImportRow& row;
  Items inputs;  // without control inputs

  void expect_inputs(std::size_t count) const;
  ir::Value value(std::size_t input) const;
  std::size_t variable(std::size_t input) const;
  const ir::Dims* known(std::size_t input) const;    // null when the numbers depend on data
  const ir::Dims& numbers(std::size_t input) const;  // refuses then
  ir::Ints integers(std::size_t input) const;        // constant ones
  std::int64_t integer_at(std::size_t input) const;  // exactly one

  // Attributes are left out of files where they have their default.
  bool boolean(std::string_view attr, bool fallback) const;
  std::int64_t integer(std::string_view attr, std::int64_t fallback) const;
  double real(std::string_view attr, double fallback) const;
  std::string text(std::string_view attr, std::string_view fallback) const;
  DType dtype(std::string_view attr) const;  // mandatory
  const serialization::TfAttr* find(std::string_view attr) const;

  [[noreturn]] void refuse(const std::string& why) const;
};

struct ImportRow {
  const char* op;
  const char* outputs;  // the names of its results, as bodies of functions refer to them: "y batch_mean"
  Items (*import)(const Call& call);
  const char* word = nullptr;  // for rows that share an importer: the name of our op
  const char* calls =
      nullptr;  // the attributes that name functions whose ops are needed too: "then_branch else_branch"
};
struct ImportFamily {
  std::span<const ImportRow> rows;
};

// Null for an op without a row.
const ImportRow* find_import_row(std::string_view op);
// Where "name" lies among the results of an op, -1 when there is no such name. An op with one name may have
// many results.
int output_position(const ImportRow& row, std::string_view name);

}  // namespace keratin::tensorflow

namespace keratin {
std::span<const tensorflow::ImportFamily* const> registry_tf_import();
}
