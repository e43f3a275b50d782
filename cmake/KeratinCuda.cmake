# The device parts of all kernels, kernels/*/*.cu, as one object library; a registry of their entries comes
# with the module that loads them. Included at file scope when KERATIN_CUDA is on; without a toolkit it says
# so and builds nothing.

find_program(KERATIN_NVCC nvcc HINTS $ENV{CUDA_HOME}/bin /usr/local/cuda/bin)
if(NOT KERATIN_NVCC)
  message(STATUS "KERATIN_CUDA: no CUDA toolkit found, device code is not built")
  return()
endif()
# CMake 3.25 wants architectures before the language, and doesn't know how nvcc is told of C++20.
set(CMAKE_CUDA_COMPILER ${KERATIN_NVCC} CACHE FILEPATH "the CUDA compiler")
set(CMAKE_CUDA_ARCHITECTURES 80-real CACHE STRING "GPU architectures; a developer build takes one")
enable_language(CUDA)
set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/*/*.cu)
add_library(keratin_cuda_kernels OBJECT ${sources})
target_include_directories(keratin_cuda_kernels PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/runtime/include)
# 20014: functors are templates over graph values, too, which only the host calls. 186: signs of unsigned
# numbers.
target_compile_options(keratin_cuda_kernels PRIVATE
  --expt-relaxed-constexpr --extended-lambda -diag-suppress 20014,186)
