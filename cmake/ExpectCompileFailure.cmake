# cmake -DMESSAGE=regex -P ExpectCompileFailure.cmake -- compiler args...
# Fails unless the command fails with MESSAGE in its output, and succeeds with -DREPAIRED.
set(command)
set(seen FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(seen)
    list(APPEND command "${CMAKE_ARGV${i}}")
  elseif(CMAKE_ARGV${i} STREQUAL "--")
    set(seen TRUE)
  endif()
endforeach()

execute_process(COMMAND ${command} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
if(status EQUAL 0)
  message(FATAL_ERROR "compiled, although it must not")
endif()
# The compiler folds nothing, but quotes may be typographic and lines long.
if(NOT out MATCHES "${MESSAGE}")
  message(FATAL_ERROR "refused, but without a message that matches '${MESSAGE}':\n${out}")
endif()

execute_process(COMMAND ${command} -DREPAIRED RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "refused even with -DREPAIRED:\n${out}")
endif()
