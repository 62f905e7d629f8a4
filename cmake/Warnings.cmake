# Warnings for our own targets; MPISIZE_WERROR makes them errors (the presets dev, asan and tidy do).
include_guard()
option(MPISIZE_WERROR "Treat compiler warnings as errors" OFF)

function(mpisize_enable_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
    -Woverloaded-virtual -Wcast-align -Wdouble-promotion
    $<$<BOOL:${MPISIZE_WERROR}>:-Werror>)
endfunction()
