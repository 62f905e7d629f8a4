# find_package(mpisize [COMPONENTS core]) and pkg-config for the installed tree.
include_guard()
include(CMakePackageConfigHelpers)

set(mpisize_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/mpisize")
install(EXPORT mpisizeTargets NAMESPACE mpisize:: DESTINATION "${mpisize_cmake_dir}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/mpisizeConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/mpisizeConfig.cmake" INSTALL_DESTINATION "${mpisize_cmake_dir}")
# Before 1.0 a minor version may break users.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/mpisizeConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/mpisizeConfig.cmake"
  "${PROJECT_BINARY_DIR}/mpisizeConfigVersion.cmake" DESTINATION "${mpisize_cmake_dir}")

# A static archive needs its private libraries named by the user of pkg-config too.
if(BUILD_SHARED_LIBS)
  set(mpisize_pc_private ".private")
else()
  set(mpisize_pc_private "")
endif()
# The way up from the directory of the .pc files to the prefix.
file(RELATIVE_PATH mpisize_pc_up "${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig"
  "${CMAKE_INSTALL_PREFIX}")
foreach(package mpisize-core mpisize)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${package}.pc.in"
    "${PROJECT_BINARY_DIR}/${package}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${package}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
