// Regions of scan, while and cond as executables that their kernels run.
#pragma once

#include <memory>

#include "runtime/exec/executable.h"

namespace keratin::exec {

// runner, when given, becomes the one that the region's steps want, if any.
std::unique_ptr<dispatch::Region> compile_region(const ir::Graph& graph, const CompileOptions& options,
                                                 const ThreadRunner** runner = nullptr);

}  // namespace keratin::exec
