// What every fuzz target demands: a value, or an Error of a kind that a file may cause. Everything else
// (another exception, a signal, a leak) is a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "keratin/error.h"
#include "serialization/document.h"

namespace keratin::fuzz {

template <class Body>
void expect_value_or_error(Body&& body) {
  try {
    body();
  } catch (const Error& e) {
    const bool allowed = e.code() == ErrorCode::corrupt_file || e.code() == ErrorCode::unsupported ||
                         e.code() == ErrorCode::data_mismatch || e.code() == ErrorCode::io;
    if (allowed && *e.what() != '\0') return;
    std::fprintf(stderr, "error %d: %s\n", static_cast<int>(e.code()), e.what());
    std::abort();
  }
}

inline serialization::SourcePtr source_of(const std::uint8_t* data, std::size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  return serialization::memory_source("input", {bytes, bytes + size});
}

// Reads all that a document points to; every tensor by itself may be damaged.
inline void read_everything(const serialization::ModelDocument& document) {
  for (const auto& check : document.checks) expect_value_or_error(check);
  for (const auto& [name, asset] : document.assets)
    expect_value_or_error([&] { serialization::read_all(*asset); });
  std::size_t budget = 64 << 20;  // what a hostile file makes us unpack is bounded per tensor, not here
  for (const auto& [path, entry] : document.weights.tensors) {
    if (entry.bytes > budget) break;
    budget -= entry.bytes;
    expect_value_or_error([&] { serialization::read_tensor(path, entry); });
  }
}

}  // namespace keratin::fuzz
