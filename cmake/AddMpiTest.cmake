# Tests.  One ctest entry per program, and one per rank count for the programs that are MPI jobs.
#
#   mpisize_add_test(<name> [SOURCES c...] [LIBS lib...] [LABELS l...] [ENVIRONMENT v=x...] [TIMEOUT s] [SANITIZE])
#   mpisize_add_mpi_test(<name> RANKS n... [SOURCES c...] [LIBS lib...] [LABELS l...] [ENVIRONMENT v=x...]
#                        [ARGS a...] [TIMEOUT s] [VARIANT v] [SANITIZE_RANKS n...])
#   mpisize_add_compile_failure_test(<name> SOURCE f.cpp MESSAGE "regex" [LIBS lib...])
#
# SOURCES is <name>.cpp and LIBS mpisize::core (MPI: mpisize::mpisize) unless given.  SANITIZE and SANITIZE_RANKS put an
# entry under the label "sanitize" and its program into the target sanitize_tests: the quick part that
# tools/check repeats under ASan and UBSan.  A second mpisize_add_mpi_test of the same name with another VARIANT runs
# the same program again, with other ARGS or ENVIRONMENT.
include_guard()

set(MPISIZE_TEST_FLAGS "" CACHE STRING "Compiler flags of the tests, such as -O1 to build them sooner")

# Quick programs to be repeated under the sanitizers.
add_custom_target(sanitize_tests)

# Open MPI keeps memory until the process ends and reads its own tables oddly; those reports are suppressed, ours are not.
set(mpisize_sanitizer_environment
  "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/sanitizer/lsan.supp:print_suppressions=0"
  "ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1"
  "UBSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/sanitizer/ubsan.supp:print_stacktrace=1:halt_on_error=1")
# mpirun refuses root without these two; tests are run in containers as root.
set(mpisize_test_environment ${mpisize_sanitizer_environment}
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1)

# GoogleTest is half of what most tests are compiled from: it is compiled once, with the flags of all tests.
function(_mpisize_precompile name)
  if(NOT TARGET mpisize_test_headers)
    file(CONFIGURE OUTPUT test_headers.cpp CONTENT "")
    add_executable(mpisize_test_headers EXCLUDE_FROM_ALL "${CMAKE_CURRENT_BINARY_DIR}/test_headers.cpp")
    set_target_properties(mpisize_test_headers PROPERTIES ENABLE_EXPORTS ON DEFINE_SYMBOL "")
    target_link_libraries(mpisize_test_headers PRIVATE GTest::gtest_main)
    target_compile_options(mpisize_test_headers PRIVATE ${MPISIZE_TEST_FLAGS})
    target_precompile_headers(mpisize_test_headers PRIVATE <gtest/gtest.h>)
    mpisize_enable_warnings(mpisize_test_headers)
  endif()
  target_precompile_headers(${name} REUSE_FROM mpisize_test_headers)
endfunction()

function(_mpisize_test_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES ENABLE_EXPORTS ON DEFINE_SYMBOL ""
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/bin")
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  target_compile_options(${name} PRIVATE ${MPISIZE_TEST_FLAGS})
  mpisize_enable_warnings(${name})
  _mpisize_precompile(${name})
endfunction()

function(mpisize_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SANITIZE" "TIMEOUT" "SOURCES;LIBS;LABELS;ENVIRONMENT")
  if(NOT arg_SOURCES)
    set(arg_SOURCES ${name}.cpp)
  endif()
  if(NOT arg_LIBS)
    set(arg_LIBS mpisize::core)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  _mpisize_test_program(${name} SOURCES ${arg_SOURCES} LIBS ${arg_LIBS} GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  if(arg_SANITIZE)
    list(APPEND arg_LABELS sanitize)
    add_dependencies(sanitize_tests ${name})
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}"
    ENVIRONMENT "${mpisize_test_environment};${arg_ENVIRONMENT}")
endfunction()

function(mpisize_add_mpi_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;VARIANT"
    "RANKS;SOURCES;LIBS;LABELS;ENVIRONMENT;ARGS;SANITIZE_RANKS")
  if(NOT arg_RANKS)
    message(FATAL_ERROR "mpisize_add_mpi_test(${name}): RANKS is missing, e.g. RANKS 1 2 3 5 8")
  endif()
  if(NOT arg_SOURCES)
    set(arg_SOURCES ${name}.cpp)
  endif()
  if(NOT arg_LIBS)
    set(arg_LIBS mpisize::mpisize)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  math(EXPR ctest_timeout "${arg_TIMEOUT} + 15")
  if(NOT TARGET ${name})
    _mpisize_test_program(${name} SOURCES ${arg_SOURCES}
      LIBS ${arg_LIBS} mpisize_mpi_test_main)
  endif()
  if(arg_VARIANT)
    string(PREPEND arg_VARIANT ".")
  endif()
  foreach(ranks IN LISTS arg_RANKS)
    set(entry ${name}${arg_VARIANT}.${ranks}ranks)
    # mpirun answers SIGTERM by ending its ranks; a SIGKILL from ctest could leave them behind.
    add_test(NAME ${entry} COMMAND timeout -k 5 ${arg_TIMEOUT} ${MPIEXEC_EXECUTABLE} --oversubscribe --bind-to none
      ${MPIEXEC_NUMPROC_FLAG} ${ranks} $<TARGET_FILE:${name}> ${arg_ARGS})
    set(labels mpi ${arg_LABELS})
    if(ranks IN_LIST arg_SANITIZE_RANKS)
      list(APPEND labels sanitize)
      add_dependencies(sanitize_tests ${name})
    endif()
    set_tests_properties(${entry} PROPERTIES PROCESSORS ${ranks} TIMEOUT ${ctest_timeout}
      LABELS "${labels}"
      ENVIRONMENT "${mpisize_test_environment};MPISIZE_TEST_RANKS=${ranks};${arg_ENVIRONMENT}")
  endforeach()
endfunction()

# SOURCE must be refused by the compiler with a message that matches MESSAGE.  The same file compiled with
# -DREPAIRED must be accepted: the repair that the message names works, and nothing else is wrong with the file.
function(mpisize_add_compile_failure_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE;MESSAGE" "LIBS")
  if(NOT arg_SOURCE OR NOT arg_MESSAGE)
    message(FATAL_ERROR "mpisize_add_compile_failure_test(${name}): SOURCE and MESSAGE are mandatory")
  endif()
  if(NOT arg_LIBS)
    set(arg_LIBS mpisize::mpisize)
  endif()
  # Never built: it only gathers the flags.
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${arg_SOURCE})
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  set(includes $<TARGET_PROPERTY:${name},INCLUDE_DIRECTORIES>)
  set(definitions $<TARGET_PROPERTY:${name},COMPILE_DEFINITIONS>)
  add_test(NAME ${name} COMMAND_EXPAND_LISTS COMMAND ${CMAKE_COMMAND} "-DMESSAGE=${arg_MESSAGE}"
    -P "${PROJECT_SOURCE_DIR}/cmake/ExpectCompileFailure.cmake" --
    ${CMAKE_CXX_COMPILER} -std=c++20 -fsyntax-only
    "$<$<BOOL:${includes}>:-I$<JOIN:${includes},;-I>>"
    "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},;-D>>"
    "${CMAKE_CURRENT_SOURCE_DIR}/${arg_SOURCE}")
  set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS compile-failure)
endfunction()
