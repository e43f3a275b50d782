// What operations take: tensors and numbers of the call, settings of the call or the node's config, in Keras'
// dtypes. Used by the files of operations/.
#pragma once

#include <optional>
#include <string>

#include "runtime/keras/operation.h"

namespace keratin::keras {

class Operands {
 public:
  Operands(LowerContext& cx, const Json& config) : cx_(cx), config_(config) {}
  LowerContext& context() const { return cx_; }
  ir::Graph& graph() const { return cx_.graph(); }

  // The operand, null where it is left out or None. A constant of the file is a tensor, too; a plain number
  // gets its own dtype.
  ir::Value maybe(const char* name, std::size_t position) const;
  // Throws Error{corrupt_file} when it is missing.
  ir::Value tensor(const char* name, std::size_t position) const;
  // Two operands in their common dtype; plain numbers are weak, as in Python.
  std::pair<ir::Value, ir::Value> pair(const char* a = "x1", const char* b = "x2",
                                       std::size_t position = 0) const;
  // The operand, a number or a tensor, in another tensor's dtype; null where it is left out.
  ir::Value like(ir::Value x, const char* name, std::size_t position) const;
  // A list of tensors (one argument), or all positional ones.
  ir::Values list(const char* name, std::size_t position = 0) const;

  // Settings: by name in the call, in the config, or by position in the call; null is None.
  const Json* find(const char* name, std::size_t position = SIZE_MAX) const;
  std::int64_t integer(const char* name, std::int64_t fallback, std::size_t position = SIZE_MAX) const;
  double real(const char* name, double fallback, std::size_t position = SIZE_MAX) const;
  bool flag(const char* name, bool fallback, std::size_t position = SIZE_MAX) const;
  std::string text(const char* name, const char* fallback, std::size_t position = SIZE_MAX) const;
  // One int or a list; nothing where it is None.
  std::optional<ir::Ints> ints(const char* name, std::size_t position = SIZE_MAX) const;
  // The same as axes of x; all of them where it is None.
  ir::Ints axes(const char* name, ir::Value x, std::size_t position = SIZE_MAX) const;
  std::optional<DType> dtype(const char* name, std::size_t position = SIZE_MAX) const;

 private:
  LowerContext& cx_;
  const Json& config_;
};

// {"class_name": "__tensor__" or "__numpy__", …}, a number, a bool or nested lists of these.
// Numbers are float32, int32 and bool unless wanted says otherwise.
ir::Value constant_of(ir::Graph& graph, const Json& json, std::optional<DType> wanted = std::nullopt);
// Python's number against dtype: bool < int < float.
DType weak(DType dtype, const Json& number);
DType dtype_of(const Json& json);  // "float32", {"class_name": "DType"…}: throws Error{unsupported}

// Operations of one operand and of two, by the name of their op.
template <const char* op>
ir::Values unary_operation(LowerContext& cx, const Json& config) {
  return {ir::unary(op, Operands(cx, config).tensor("x", 0))};
}

}  // namespace keratin::keras
