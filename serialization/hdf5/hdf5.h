// Reads the directory of an HDF5 file: what h5py, Keras and libhdf5 write by default, and never more
// than the file holds. Any thread; the source is shared with the entries.
#pragma once

#include "serialization/tensor_directory.h"

namespace keratin::serialization {

// Metadata only. The root group is "/". Throws Error{corrupt_file} for a damaged file, Error{unsupported}
// for a format version that is unknown. Objects that are sound but not read (soft and external links,
// virtual and external datasets, strings, compounds, other filters) stand in `refused` with the reason.
TensorDirectory read_hdf5(SourcePtr source);

}  // namespace keratin::serialization
