// Variable: a weight or other state of a model: identity, names, type, version and where its value is.
// Reading values from several threads is safe; assigning needs exclusive use.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "keratin/tensor.h"
#include "serialization/tensor_directory.h"

namespace keratin {

enum class VariableKind {
  parameter,
  training_state,  // moving statistics, optimizer slots
  seed,            // the state of a seed generator: not in Keras' files
  call_state,      // the state of a stateful RNN
};

class Variable {
 public:
  Variable(std::string name, DType dtype, Shape shape, bool trainable = true,
           VariableKind kind = VariableKind::parameter)
      : name(std::move(name)),
        path(this->name),
        trainable(trainable),
        kind(kind),
        dtype_(dtype),
        shape_(std::move(shape)) {}

  std::string name;  // "kernel"
  std::string path;  // "dense/kernel"
  bool trainable;
  VariableKind kind;

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  // Raised by every write.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  bool has_value() const { return value_.has_value() || entry_.has_value(); }

  // Reads it from the file on first use. Throws Error{corrupt_file, io}, or Error{invalid_argument} without a
  // value.
  const Tensor& value() const;
  // The value in place where the file lends it (borrowed is set), else value(). The tensor keeps the mapping.
  Tensor lend(bool& borrowed) const;
  // An owned value for a snapshot that borrowed `lent` at that version: this variable's own value, read from
  // the file now, or a copy of lent when the variable was written since.
  Tensor settled(std::uint64_t version, const Tensor& lent) const;
  // Gives up the mapped pages of a value that is in a file, also when it is owned by then; empty for others.
  std::function<void()> forgetter() const;
  // Throws Error{invalid_argument} when dtype or shape differ. Shares the tensor's bytes: don't write to them
  // after.
  void assign(Tensor value);
  // Memory that holds the value and is this variable's alone, to be written in place: its own bytes, or a
  // copy where a snapshot shares them. Stays the same until the value is shared or assigned again. Raises the
  // version.
  void* overwrite();
  // The value is in a file, to be read when it is first needed. Casts to the variable's dtype then.
  void assign_from(std::string where, serialization::TensorEntry entry);

 private:
  DType dtype_;
  Shape shape_;
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex mutex_;
  mutable std::optional<Tensor> value_;
  std::shared_ptr<void> own_;  // of value_, once overwrite made it
  mutable std::optional<serialization::TensorEntry> entry_;
  std::string where_;  // "model.keras:/layers/dense/vars/0"
};
using VariablePtr = std::shared_ptr<Variable>;

}  // namespace keratin
