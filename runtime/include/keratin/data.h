// Arrays in numpy's files: what `keratin predict` reads and writes.
// Functions without shared state; safe from any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keratin/export.h"
#include "keratin/tensor.h"

namespace keratin {
inline namespace v1 {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;  // in file order

// Throw Error{io}, Error{corrupt_file} for damaged or pickled files, and Error{data_mismatch} for
// elements that are no numbers (strings, complex numbers, records).
KERATIN_API Tensor read_npy(const std::string& path);
KERATIN_API NamedTensors read_npz(const std::string& path);
// Either, by content; the array of a .npy file is called "x".
KERATIN_API NamedTensors read_data(const std::string& path);

// The file appears whole or not at all; equal tensors give equal bytes. bfloat16 becomes float32.
KERATIN_API void write_npy(const std::string& path, const Tensor& tensor);
KERATIN_API void write_npz(const std::string& path, const NamedTensors& tensors);

// The same numbers in another dtype, as numpy's astype does. Throws Error{data_mismatch} for strings.
KERATIN_API Tensor cast(const Tensor& tensor, DType dtype);

}  // namespace v1
}  // namespace keratin
