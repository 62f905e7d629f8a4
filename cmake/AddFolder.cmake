# A folder of lib/mpisize is a target, mpisize_<folder>, exported as mpisize::<folder>.
#
#   mpisize_add_folder(<folder> HEADERS h... [SOURCES c...] [PUBLIC lib...] [PRIVATE lib...])
#
# The headers form a FILE_SET, so that each of them is compiled alone against what the target gives its
# users (target all_verify_interface_header_sets): a header of the pure core that includes mpi.h fails.
include_guard()
include(GNUInstallDirs)

function(mpisize_add_folder folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES;PUBLIC;PRIVATE")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "mpisize_add_folder(${folder}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(target mpisize_${folder})
  if(arg_SOURCES)
    add_library(${target} ${arg_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE})
    mpisize_enable_warnings(${target})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(mpisize::${folder} ALIAS ${target})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_link_libraries(${target} ${scope} ${arg_PUBLIC})
  target_sources(${target} ${scope}
    FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/lib" FILES ${arg_HEADERS})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${folder} POSITION_INDEPENDENT_CODE ON)
  install(TARGETS ${target} EXPORT mpisizeTargets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
endfunction()
