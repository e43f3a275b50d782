#include "kernels/lib/onednn.h"

#include <string>

#include "runtime/core/env.h"
#include "runtime/core/error.h"
#include "runtime/core/log.h"
#include "runtime/core/module.h"

namespace keratin::onednn {
namespace {

struct Opened {
  const Table* table = nullptr;
  std::string why;
};

// Tried once: a machine without it must not look for it at every node.
const Opened& opened() {
  static const Opened result = [] {
    Opened opened;
    try {
      opened.table = static_cast<const Table*>(open_module("keratin_onednn"));
      if (const std::string isa = env::get("KERATIN_CPU_ISA"); !isa.empty())
        opened.table->limit_isa(isa.c_str());
      log(Topic::dispatch, "oneDNN ", opened.table->version, " opened");
    } catch (const Error& e) {
      opened.why = cat("oneDNN is missing: ", e.what());
    }
    return opened;
  }();
  return result;
}

const char* refuses(DType dtype) {
  if (dtype == DType::float32 || dtype == DType::bfloat16 || dtype == DType::float16) return nullptr;
  return "oneDNN has only float32, bfloat16 and float16";
}

PrimitivePtr told(Primitive* primitive) {
  log(Topic::dispatch, "oneDNN: ", table()->implementation(primitive));
  return PrimitivePtr(primitive);
}

}  // namespace

const Table* table() { return opened().table; }
const char* why_missing() { return opened().why.c_str(); }

const char* refuses(const Convolution& p) {
  if (const char* why = refuses(p.dtype)) return why;
  for (std::int64_t size : {p.batch, p.channels, p.filters})
    if (size < 1) return "oneDNN: a dimension is empty";
  for (std::size_t i = 0; i < p.rank; ++i) {
    if (p.in[i] < 1 || p.out[i] < 1) return "oneDNN: a dimension is empty";
    if (p.low[i] < 0) return "oneDNN: padding is negative";
  }
  if (!table()) return why_missing();
  return table()->refuses_convolution(p);
}

const char* refuses(const Dot& p) {
  if (const char* why = refuses(p.dtype)) return why;
  for (std::int64_t size : {p.batch, p.rows, p.depth, p.columns})
    if (size < 1) return "oneDNN: a dimension is empty";
  if (!table()) return why_missing();
  return table()->refuses_dot(p);
}

PrimitivePtr make(const Convolution& p) { return told(table()->make_convolution(p)); }
PrimitivePtr make(const Dot& p) { return told(table()->make_dot(p)); }

}  // namespace keratin::onednn
