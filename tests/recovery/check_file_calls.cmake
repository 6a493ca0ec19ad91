# Run with -D NM=... -D OBJECTS=... -D CALLS=...: what the objects call is in CALLS, which the test of
# failing file calls knows, or can't fail.
cmake_minimum_required(VERSION 3.18)
if(NOT OBJECTS)
  message(FATAL_ERROR "there are no objects to look at")
endif()
set(harmless __errno_location ___errno_location _GLOBAL_OFFSET_TABLE_ clock_gettime __clock_gettime64 geteuid
  getcwd getpid madvise memcmp memcpy memmove memset pthread_setcancelstate qsort snprintf strcmp strerror strlen strncmp strrchr
  strspn vsnprintf)
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} -u -P ${object} OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${NM} ${object}: ${result}")
  endif()
  string(REGEX MATCHALL "[^\n]+" symbols "${symbols}")
  foreach(line IN LISTS symbols)
    string(REGEX REPLACE " .*" "" symbol "${line}")
    if(NOT symbol IN_LIST harmless AND NOT symbol IN_LIST CALLS AND
       NOT symbol MATCHES "^(hae_|haetae_|__aeabi_|__gcov_|__gnu_|__stack_chk_)|_chk$")
      message(SEND_ERROR "${object} calls ${symbol}: if that can fail for a file, let it fail in "
                         "file_calls.c, else name it in check_file_calls.cmake")
    endif()
  endforeach()
endforeach()
