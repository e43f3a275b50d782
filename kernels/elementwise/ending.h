// The epilogue of a node as the matrix products want it: pointers and limits in the tile, everything else as
// a program over finished rows.
#pragma once

#include <optional>

#include "kernels/dot/gemm.h"
#include "kernels/elementwise/interpreter.h"
#include "kernels/math/epilogue.h"
#include "runtime/dispatch/kernel.h"

namespace keratin::elementwise {

// A program of one operand over dense values, in place.
class ProgramFinish final : public gemm::Finish {
 public:
  explicit ProgramFinish(Program program) : interpreter_(std::move(program)) {}
  std::size_t scratch_bytes() const override { return interpreter_.scratch_bytes(); }
  void run(float* values, std::int64_t count, void* scratch) const override {
    const void* in[] = {values};
    interpreter_.run_span(in, values, count, scratch);
  }

 private:
  Interpreter interpreter_;
};

class Ending {
 public:
  // Of a base op (nothing to do) or one with an epilogue.
  explicit Ending(const ir::Node& node);

  gemm::Epilogue epilogue(const dispatch::Args& args) const;
  const gemm::Finish* finish() const { return finish_ ? &*finish_ : nullptr; }
  const epilogue::Places& places() const { return places_; }

 private:
  epilogue::Places places_;
  bool clamp_ = false;
  float low_ = 0, high_ = 0;
  std::optional<ProgramFinish> finish_;
};

// Null, or why the region can't be run.
const char* why_no_ending(const ir::Node& node);

}  // namespace keratin::elementwise
