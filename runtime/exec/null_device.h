// The null device: an executable's steps on a stream that only remembers. Shows what a GPU would be asked to
// do on a machine that has none.
#pragma once

#include <string>
#include <vector>

#include "runtime/exec/executable.h"

namespace keratin::exec {

// The launches and library calls of the preparation, then of one run, in order.
std::vector<std::string> record(const Executable& executable);

}  // namespace keratin::exec
