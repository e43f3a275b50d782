// The system calls of a save, counted, and one of them made to fail, to do half its work or to be the last of
// the process. The test program defines them, so that every caller in it comes through here.
#pragma once

#include <cerrno>

namespace keratin::faults {

enum class Fault {
  none,
  error,    // the call fails with `code`
  full,     // so does every write from there on, and fsync: the disk is full
  part,     // a write takes half of its bytes
  signal,   // a write or fsync is interrupted once
  kill,     // the process dies before the call
  kill_mid  // … in the middle of a write
};

// Arms the fault for the call number `at`, counted from 0; counts from now on.
void arm(Fault fault, int at, int code = ENOSPC);
// Ends it; the number of calls since arm().
int disarm();
// Whether the fault has struck.
bool struck();

}  // namespace keratin::faults
