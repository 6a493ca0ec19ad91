# IBM Z: 64 bits, big-endian.
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(haetae_triplet s390x-linux-gnu)
set(haetae_qemu s390x)
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
