// KERATIN_TRACE: every step of every run as a Chrome trace event.
#pragma once

#include "runtime/exec/executable.h"

namespace keratin::exec {

bool tracing();
void run_traced(const Executable& executable, void** pointers, Team* team);

}  // namespace keratin::exec
