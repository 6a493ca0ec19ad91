# The file calls that the recorder directory's code makes, and how the library's objects call them: it
# is built with 64-bit offsets and times, for which a libc may have other names.
set(HAETAE_FILE_CALLS close closedir fcntl fdopendir flock fstat getrlimit linkat mmap mprotect mremap munmap
  open openat posix_fallocate pwrite readdir renameat unlinkat)
include(CheckSymbolExists)
check_symbol_exists(__GLIBC__ features.h HAETAE_HAVE_GLIBC)
foreach(call IN LISTS HAETAE_FILE_CALLS)
  set(HAETAE_FILE_CALL_${call} ${call})
endforeach()
if(HAETAE_HAVE_GLIBC)
  foreach(call fcntl fstat getrlimit mmap open openat posix_fallocate pwrite readdir)
    set(HAETAE_FILE_CALL_${call} ${call}64)
  endforeach()
  if(CMAKE_SIZEOF_VOID_P EQUAL 4)
    set(HAETAE_FILE_CALL_fcntl __fcntl_time64)
    set(HAETAE_FILE_CALL_fstat __fstat64_time64)
  endif()
elseif(CMAKE_SIZEOF_VOID_P EQUAL 4)
  set(HAETAE_FILE_CALL_fstat __fstat_time64)
endif()

# haetae_fail_file_calls(<target>): file_calls.c stands before them.
function(haetae_fail_file_calls target)
  foreach(call IN LISTS HAETAE_FILE_CALLS)
    target_compile_definitions(${target} PRIVATE FILE_CALL_${call}=${HAETAE_FILE_CALL_${call}})
    target_link_options(${target} PRIVATE LINKER:--wrap=${HAETAE_FILE_CALL_${call}})
  endforeach()
endfunction()
