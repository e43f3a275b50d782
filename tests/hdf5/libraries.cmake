# libhdf5 writes the samples and is the oracle of what they hold.
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5)
target_link_libraries(${target} PRIVATE PkgConfig::HDF5)
