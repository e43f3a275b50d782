# keratin_module(name folders… [EXCLUDE folders…]): every .cc below the folders becomes one object library.
# keratin_registry(name root): the lists of ops, kernels, layers … found from their folders.
# keratin_library(): libkeratin, made of all modules.
# keratin_loadable(name folders…): a shared library beside libkeratin, opened on first need (runtime/core/module.h).

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_library(keratin_flags INTERFACE)
target_compile_options(keratin_flags INTERFACE -Wall -Wextra -Wno-missing-field-initializers -Wno-restrict -Wno-maybe-uninitialized
  $<$<BOOL:${KERATIN_WERROR}>:-Werror>)
target_include_directories(keratin_flags INTERFACE
  ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/runtime/include)

set(KERATIN_MODULES "" CACHE INTERNAL "")
set(KERATIN_LOADABLES "" CACHE INTERNAL "")

# libkeratin and its loadable modules hand each other C++ structs: the same headers, compiler and version fit.
set(KERATIN_SEAM runtime/include/keratin/*.h serialization/*.h kernels/lib/*.h runtime/core/threads.h)  # a new module adds the headers it shares
list(TRANSFORM KERATIN_SEAM PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE patterns)
file(GLOB headers CONFIGURE_DEPENDS ${patterns})
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers})
set(text "")
foreach(header ${headers})
  file(SHA256 ${header} hash)
  string(APPEND text ${hash})
endforeach()
string(SHA256 hash "${text}")
string(SUBSTRING ${hash} 0 16 hash)
set(KERATIN_BUILD_ID "${PROJECT_VERSION} ${hash} ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")

function(keratin_module name)
  cmake_parse_arguments(PARSE_ARGV 1 module "" "" "EXCLUDE")
  set(sources)
  foreach(folder ${module_UNPARSED_ARGUMENTS})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cc)
    list(APPEND sources ${found})
  endforeach()
  foreach(folder ${module_EXCLUDE})
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_SOURCE_DIR}/${folder}/")
  endforeach()
  if(NOT sources)
    return()
  endif()
  add_library(keratin_${name} OBJECT ${sources})
  target_link_libraries(keratin_${name} PRIVATE keratin_flags)
  set(KERATIN_MODULES ${KERATIN_MODULES} keratin_${name} CACHE INTERNAL "")
endfunction()

# Each root has a file registry.list with rows "<kind> <glob> <prefix> <type> <header>": every file
# that the glob finds defines `<type> <prefix><stem>`, and the list of them is `registry_<kind>()`.
function(keratin_registry name root)
  if(NOT TARGET keratin_${name})
    return()
  endif()
  set(out ${CMAKE_BINARY_DIR}/generated/${name}_registry.cc)
  set(list ${CMAKE_SOURCE_DIR}/${root}/registry.list)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list})
  file(STRINGS ${list} rows REGEX "^[a-z]")
  set(text "// Generated from ${root}/registry.list: one entry per file found. Don't edit.\n")
  foreach(row ${rows})
    separate_arguments(field UNIX_COMMAND "${row}")
    list(GET field 0 kind)
    list(GET field 1 glob)
    list(GET field 2 prefix)
    list(GET field 3 type)
    list(GET field 4 header)
    file(GLOB found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${root}/${glob})
    list(SORT found)
    set(externs "")
    set(entries "")
    set(count 0)
    foreach(path ${found})
      get_filename_component(stem ${path} NAME_WE)
      get_filename_component(folder ${path} DIRECTORY)
      get_filename_component(folder ${folder} NAME)
      if(kind MATCHES "^ops" AND NOT stem STREQUAL folder)
        continue()
      endif()
      string(APPEND externs "extern const ${type} ${prefix}${stem};\n")
      string(APPEND entries "    &${prefix}${stem},\n")
      math(EXPR count "${count} + 1")
    endforeach()
    string(APPEND text "#include \"${header}\"\n#include <array>\nnamespace keratin {\n${externs}"
      "namespace {\nconst std::array<const ${type}*, ${count}> list_${kind} = {\n${entries}};\n}\n"
      "std::span<const ${type}* const> registry_${kind}() { return list_${kind}; }\n}  // namespace keratin\n")
  endforeach()
  file(GENERATE OUTPUT ${out} CONTENT "${text}")
  target_sources(keratin_${name} PRIVATE ${out})
endfunction()

function(keratin_loadable name)
  set(sources)
  foreach(folder ${ARGN})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cc)
    list(APPEND sources ${found})
  endforeach()
  add_library(keratin_loadable_${name} MODULE ${sources})
  set_target_properties(keratin_loadable_${name} PROPERTIES OUTPUT_NAME keratin_${name}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  target_compile_definitions(keratin_loadable_${name} PRIVATE KERATIN_BUILD_ID="${KERATIN_BUILD_ID}")
  target_link_libraries(keratin_loadable_${name} PRIVATE keratin_flags)
  # What a module needs of libkeratin comes through its table; a symbol left open is a mistake.
  if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")  # clang keeps the sanitizers' symbols in the program
    target_link_options(keratin_loadable_${name} PRIVATE LINKER:-z,defs)
  endif()
  set(KERATIN_LOADABLES ${KERATIN_LOADABLES} keratin_loadable_${name} CACHE INTERNAL "")
endfunction()

# Generated sources of schemas/<folder>/*.proto, added to a target that includes them as "schemas/….pb.h".
function(keratin_protobuf target folder)
  set(out ${CMAKE_BINARY_DIR}/generated)
  file(GLOB protos CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.proto)
  foreach(proto ${protos})
    get_filename_component(stem ${proto} NAME_WE)
    set(made ${out}/${folder}/${stem}.pb)
    add_custom_command(OUTPUT ${made}.cc ${made}.h DEPENDS ${protos}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${out}/${folder}
      COMMAND protobuf::protoc --proto_path=${CMAKE_SOURCE_DIR} --cpp_out=${out} ${proto})
    target_sources(${target} PRIVATE ${made}.cc ${made}.h)
    set_source_files_properties(${made}.cc PROPERTIES COMPILE_OPTIONS -w)  # not our code
  endforeach()
  target_include_directories(${target} SYSTEM PRIVATE ${out})
  target_link_libraries(${target} PRIVATE protobuf::libprotobuf-lite)
endfunction()

function(keratin_library)
  add_library(keratin SHARED)
  set_target_properties(keratin PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0
    LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/keratin.map)
  target_link_options(keratin PRIVATE LINKER:--version-script=${CMAKE_SOURCE_DIR}/cmake/keratin.map)
  add_library(keratin_internal STATIC)  # the same objects with everything visible, for tests
  foreach(module ${KERATIN_MODULES})
    foreach(library keratin keratin_internal)
      target_link_libraries(${library} PRIVATE ${module})
      target_sources(${library} PRIVATE $<TARGET_OBJECTS:${module}>)
    endforeach()
  endforeach()
  # Programs with keratin inside find the modules in the build folder.
  target_link_options(keratin_internal INTERFACE "LINKER:-rpath,${CMAKE_BINARY_DIR}")
  foreach(library keratin keratin_internal)
    target_link_libraries(${library} PRIVATE ZLIB::ZLIB Threads::Threads ${CMAKE_DL_LIBS})
    target_include_directories(${library} PUBLIC
      $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/runtime/include> $<INSTALL_INTERFACE:include>)
    target_compile_features(${library} PUBLIC cxx_std_20)
    if(KERATIN_LOADABLES)
      add_dependencies(${library} ${KERATIN_LOADABLES})
    endif()
  endforeach()
endfunction()
