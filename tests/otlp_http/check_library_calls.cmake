# Usage: cmake -DNM=... -DARCHIVE=... -DLIST=... -P check_library_calls.cmake
# Fails unless LIST has exactly the functions of libcurl and zlib that ARCHIVE calls.
execute_process(COMMAND ${NM} --undefined-only ${ARCHIVE}
  OUTPUT_VARIABLE undefined RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${NM} can't read ${ARCHIVE}")
endif()
string(REGEX MATCHALL "U (curl_|deflate|inflate|compress|crc32|adler32|gz|zlib|zError)[A-Za-z0-9_]*"
  called "${undefined}")
list(TRANSFORM called REPLACE "^U " "")
list(REMOVE_DUPLICATES called)
list(SORT called)
file(STRINGS ${LIST} listed)
if(NOT called STREQUAL listed)
  message(FATAL_ERROR "${LIST} is not what is called:\n  listed: ${listed}\n  called: ${called}")
endif()
list(LENGTH called count)
message(STATUS "${count} functions")
