// numpy's .npy (one array) and .npz (a zip of them): what data files are made of.
// Numbers and bool of any byte order; pickled objects are refused, they would run code.
#pragma once

#include "keratin/data.h"
#include "serialization/bytes.h"

namespace keratin::serialization {

bool is_npy(const ByteSource& source);
// A row-major tensor in native byte order. Throws Error{corrupt_file} for a damaged file and
// Error{data_mismatch} for elements that are no numbers.
Tensor read_npy(const ByteSource& source);
// In archive order, keyed by member name without ".npy".
NamedTensors read_npz(const SourcePtr& source);

// bfloat16, which numpy lacks, becomes float32: every value stays what it is.
void write_npy(const Tensor& tensor, ByteSink& sink);
void write_npz(const NamedTensors& tensors, ByteSink& sink);

}  // namespace keratin::serialization
