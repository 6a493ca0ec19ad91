# 32-bit x86. An x86-64 machine runs its programs itself, with the cross compiler's libc.
set(CMAKE_SYSTEM_PROCESSOR i686)
set(haetae_triplet i686-linux-gnu)
set(haetae_folder i386-linux-gnu)
set(haetae_libc /usr/${haetae_triplet}/lib)
set(CMAKE_EXE_LINKER_FLAGS_INIT
  "-Wl,--dynamic-linker=${haetae_libc}/ld-linux.so.2 -Wl,-rpath,${haetae_libc}")
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
