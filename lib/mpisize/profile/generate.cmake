# cmake -DTABLE=routines.txt -DOUTPUT=wrappers.cpp -P generate.cmake: the entry points of each routine.
set(first_number 5)  # Those of lifecycle.cpp come before.
set(number ${first_number})
set(text "// Made by generate.cmake from routines.txt.
#include <mpi.h>

#include \"count.hpp\"
#include \"next.hpp\"

using namespace mpisize::profile;
")
file(STRINGS "${TABLE}" lines REGEX "^MPI_")
foreach(line IN LISTS lines)
  if(NOT line MATCHES "^MPI_([A-Za-z_]+)\\((.+)\\) = ([^=]*[^= ])( => (.+))?$")
    message(FATAL_ERROR "${TABLE}: not 'NAME(parameters) = use' or 'NAME(parameters) = use => after': ${line}")
  endif()
  set(name "${CMAKE_MATCH_1}")
  set(parameters "${CMAKE_MATCH_2}")
  set(use "${CMAKE_MATCH_3}")
  set(after "NothingMore{}")
  if(CMAKE_MATCH_5)
    set(after "[&] { ${CMAKE_MATCH_5}; }")
  endif()
  # The last word of each parameter is its name.
  string(REGEX REPLACE "[^,]*[* ]([A-Za-z_]+)(,|$)" "\\1\\2 " arguments "${parameters}")
  string(STRIP "${arguments}" arguments)
  string(APPEND text "
namespace {
Routine routine_${name}{\"MPI_${name}\", ${number}};
[[gnu::always_inline]] inline int call_${name}(decltype(&MPI_${name}) next, ${parameters}) {
  return counted(routine_${name}, [&] { return ${use}; }, ${after}, next, ${arguments});
}
}
")
  foreach(entry MPI_${name} PMPI_${name})
    string(APPEND text "extern \"C\" int ${entry}(${parameters}) {
  static constinit Next<decltype(&MPI_${name})> next(\"${entry}\");
  return call_${name}(next(), ${arguments});
}
")
  endforeach()
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${OUTPUT}" "${text}")
