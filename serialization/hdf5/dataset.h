// A dataset's header as a TensorEntry: raw bytes in place where they lie so, else a recipe.
#pragma once

#include <string>
#include <vector>

#include "serialization/hdf5/object_header.h"
#include "serialization/tensor_directory.h"

namespace keratin::serialization::hdf5 {

bool is_dataset(const std::vector<Message>& messages);

// Returns why the values can't be read, or an empty sentence and the entry.
// dtype_attribute: what the dataset's attribute "dtype" says; it gives opaque elements their meaning.
std::string read_dataset(const File& file, const std::vector<Message>& messages,
                         const std::string& dtype_attribute, TensorEntry& out);

}  // namespace keratin::serialization::hdf5
