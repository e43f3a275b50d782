// Modules: shared libraries of keratin beside libkeratin that are opened on first need and never closed.
// Each has one extern "C" entry that takes the build id and returns its table, or null for another build.
#pragma once

#include <string>

namespace keratin {

// The table of lib<name>.so, from its function <name>. Looked for in $KERATIN_MODULE_PATH when that is set,
// else beside libkeratin, else where the loader looks. Throws Error{unsupported} saying what was tried.
// Thread-safe.
const void* open_module(const std::string& name);

}  // namespace keratin
