// A TensorDirectory on its way into an HDF5 file. Used by the formats that are made of one.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "serialization/hdf5/write.h"
#include "serialization/tensor_directory.h"

namespace keratin::serialization {

// Adds all groups, attributes and tensors, except the root's text attributes named in without; those that
// order names first. Values are streamed out of their sources while the file is written, so these must live
// until then.
void add_directory(Hdf5Writer& writer, const TensorDirectory& directory,
                   const std::vector<std::string>& order = {}, const std::set<std::string>& without = {});

}  // namespace keratin::serialization
