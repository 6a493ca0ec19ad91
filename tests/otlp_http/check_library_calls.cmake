# Usage: cmake -DNM=... -DARCHIVE=... -DLISTS=... -P check_library_calls.cmake
# Fails unless the files LISTS, separated by colons, have exactly the functions of libcurl, zlib, ISA-L
# and libzstd that ARCHIVE calls.
execute_process(COMMAND ${NM} --undefined-only ${ARCHIVE}
  OUTPUT_VARIABLE undefined RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${NM} can't read ${ARCHIVE}")
endif()
string(REGEX MATCHALL "U (curl_|deflate|inflate|compress|crc32|adler32|gz|zlib|zError|isal_|ZSTD_|ZDICT_)[A-Za-z0-9_]*"
  called "${undefined}")
list(TRANSFORM called REPLACE "^U " "")
list(REMOVE_DUPLICATES called)
list(SORT called)
string(REPLACE ":" ";" lists "${LISTS}")
set(listed "")
foreach(list IN LISTS lists)
  file(STRINGS ${list} names)
  list(APPEND listed ${names})
endforeach()
list(SORT listed)
if(NOT called STREQUAL listed)
  message(FATAL_ERROR "${LISTS} are not what is called:\n  listed: ${listed}\n  called: ${called}")
endif()
list(LENGTH called count)
message(STATUS "${count} functions")
