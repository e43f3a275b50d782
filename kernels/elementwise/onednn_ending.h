// A node's epilogue around a primitive of oneDNN's: scale, shift and addition are the primitive's, the rest
// runs over its results afterwards. That is true of limits, too: oneDNN's relu and clip turn NaN into
// numbers.
#pragma once

#include "kernels/elementwise/ending.h"
#include "kernels/lib/onednn.h"

namespace keratin::elementwise {

onednn::Epilogue onednn_epilogue(const ir::Node& node);

class OnednnEnding {
 public:
  explicit OnednnEnding(const dispatch::PrepareContext& context);
  std::size_t scratch_bytes() const;
  // y, w, x as the primitive has them; the epilogue's inputs and scratch memory come from args.
  void run(const onednn::Primitive* primitive, onednn::Arguments arguments, const dispatch::Args& args) const;

 private:
  void finish(const dispatch::Args& args, const gemm::Epilogue& e) const;
  Ending ending_;
  std::int64_t elements_;
  int threads_;
  std::size_t part_bytes_ = 0;
};

}  // namespace keratin::elementwise
