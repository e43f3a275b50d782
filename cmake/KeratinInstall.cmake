# What `cmake --install` puts where: the library and its modules, public headers, CMake package, pkg-config file.
include(CMakePackageConfigHelpers)

set_target_properties(keratin PROPERTIES EXPORT_NAME keratin INSTALL_RPATH "$ORIGIN")
if(TARGET keratin_cli)
  set_target_properties(keratin_cli PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
endif()
install(TARGETS keratin EXPORT keratinTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(KERATIN_LOADABLES)  # opened by name, from beside the library
  install(TARGETS ${KERATIN_LOADABLES} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(DIRECTORY ${CMAKE_SOURCE_DIR}/runtime/include/keratin DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/keratin)
install(EXPORT keratinTargets NAMESPACE keratin:: DESTINATION ${package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/keratinConfig.cmake.in
  ${CMAKE_BINARY_DIR}/keratinConfig.cmake INSTALL_DESTINATION ${package})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/keratinConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/keratinConfig.cmake ${CMAKE_BINARY_DIR}/keratinConfigVersion.cmake
  DESTINATION ${package})
file(RELATIVE_PATH KERATIN_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)  # the package may be moved
configure_file(${CMAKE_CURRENT_LIST_DIR}/keratin.pc.in ${CMAKE_BINARY_DIR}/keratin.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/keratin.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
