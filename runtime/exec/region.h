// Regions of scan, while and cond as executables that their kernels run.
#pragma once

#include <memory>

#include "runtime/exec/executable.h"

namespace keratin::exec {

std::unique_ptr<dispatch::Region> compile_region(const ir::Graph& graph, const CompileOptions& options);

}  // namespace keratin::exec
