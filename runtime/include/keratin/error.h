// keratin::Error, the one exception type of the public API, and its codes.
// Thread-safety: values; no shared state.
#pragma once

#include <stdexcept>
#include <string>

#include "keratin/export.h"

namespace keratin {
inline namespace v1 {

enum class ErrorCode {
  invalid_argument,  // the caller passed something impossible
  unsupported,       // the model uses something keratin can't do
  corrupt_file,      // the model's own file is damaged, hostile or not a model
  data_mismatch,     // the user's data (or --weights) don't fit the model
  io,                // the operating system refused: open, read, write, rename
  out_of_memory,
  device,
  busy,  // the object is in use elsewhere
  deadline,
  cancelled,
  internal,  // a defect of keratin
};

// The message says where : what was found : what was expected : what to do.
class KERATIN_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace v1
}  // namespace keratin
