# libkeratin_onednn, where oneDNN (2.6 or 3, built on OpenMP) is found. Included at file scope when KERATIN_ONEDNN
# is ON or AUTO; AUTO builds nothing where something is missing.
include(CheckCXXSourceCompiles)
find_path(KERATIN_DNNL_INCLUDE oneapi/dnnl/dnnl.hpp)
find_library(KERATIN_DNNL_LIBRARY dnnl)
find_package(OpenMP COMPONENTS CXX)
if(KERATIN_DNNL_INCLUDE AND KERATIN_DNNL_LIBRARY AND OpenMP_CXX_FOUND)
  set(CMAKE_REQUIRED_INCLUDES ${KERATIN_DNNL_INCLUDE})
  set(CMAKE_REQUIRED_LIBRARIES ${KERATIN_DNNL_LIBRARY} OpenMP::OpenMP_CXX)
  check_cxx_source_compiles("
    #include <oneapi/dnnl/dnnl.hpp>
    static_assert(DNNL_VERSION_MAJOR * 100 + DNNL_VERSION_MINOR >= 206);
    static_assert(DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP);
    int main() { return dnnl_version()->major == 0; }" KERATIN_DNNL_WORKS)
  unset(CMAKE_REQUIRED_INCLUDES)
  unset(CMAKE_REQUIRED_LIBRARIES)
endif()
if(NOT KERATIN_DNNL_WORKS)
  if(KERATIN_ONEDNN STREQUAL "ON")
    message(FATAL_ERROR "KERATIN_ONEDNN is ON, but oneDNN 2.6 or 3 on OpenMP is not found (Debian: libdnnl-dev)")
  endif()
  message(STATUS "KERATIN_ONEDNN: oneDNN is not found, its module is not built")
  return()
endif()
keratin_loadable(onednn kernels/lib/onednn)
target_include_directories(keratin_loadable_onednn SYSTEM PRIVATE ${KERATIN_DNNL_INCLUDE})
target_link_libraries(keratin_loadable_onednn PRIVATE ${KERATIN_DNNL_LIBRARY} OpenMP::OpenMP_CXX)
