// cat(...), check(...), assume(...) and the context guard that says where an error happened.
// check is for input and always on; assume is for our own invariants.
#pragma once

#include <sstream>
#include <string>

#include "keratin/error.h"

namespace keratin {

template <class... Parts>
std::string cat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

template <class... Parts>
[[noreturn]] void fail(ErrorCode code, const Parts&... parts) {
  throw Error(code, cat(parts...));
}

template <class... Parts>
void check(bool condition, ErrorCode code, const Parts&... parts) {
  if (!condition) [[unlikely]]
    fail(code, parts...);
}

// A broken invariant of ours: reported as Error{internal}, never reached by a value from a file.
inline void assume(bool condition, const char* what) {
  if (!condition) [[unlikely]]
    fail(ErrorCode::internal, "internal error: ", what);
}

// Runs body; an Error that leaves it is rethrown with "where: " in front.
template <class Body>
decltype(auto) within(const std::string& where, Body&& body) {
  try {
    return body();
  } catch (const Error& e) {
    throw Error(e.code(), where + ": " + e.what());
  }
}

}  // namespace keratin
