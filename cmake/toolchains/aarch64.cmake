# 64-bit ARM.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(haetae_triplet aarch64-linux-gnu)
set(haetae_qemu aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
