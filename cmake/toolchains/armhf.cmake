# 32-bit ARM, ARMv7 with floating point.
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(haetae_triplet arm-linux-gnueabihf)
set(haetae_qemu arm)
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
