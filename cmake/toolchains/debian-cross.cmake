# Shared by the toolchain files for Debian's cross compilers. Each of them sets
# haetae_triplet, the compiler's prefix; haetae_qemu, qemu's name for the
# processor, unless this machine runs its programs; haetae_folder, Debian's name
# for its libraries, unless that is the triplet; CMAKE_SYSTEM_PROCESSOR; and
# includes this.
#
# HAETAE_FOREIGN_ROOT: a folder into which packages of that architecture were
# unpacked (scripts/cross.sh makes it). CMake looks nowhere else, so that it never
# takes this machine's libraries for foreign ones.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${haetae_triplet}-gcc)
if(haetae_qemu)
  set(CMAKE_C_FLAGS_INIT -DHAETAE_TEST_EMULATED)
  set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${haetae_qemu}-static -L /usr/${haetae_triplet})
endif()
if(NOT haetae_folder)
  set(haetae_folder ${haetae_triplet})
endif()

# Compiler checks read this file again and know only the variables named here.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HAETAE_FOREIGN_ROOT)
set(CMAKE_LIBRARY_ARCHITECTURE ${haetae_folder})
set(CMAKE_FIND_ROOT_PATH ${HAETAE_FOREIGN_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${HAETAE_FOREIGN_ROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${HAETAE_FOREIGN_ROOT}/usr/lib/${haetae_folder}/pkgconfig)
# pkg-config leaves -I/usr/include out as the compiler's own; with the root
# before it, it is not.
set(ENV{PKG_CONFIG_ALLOW_SYSTEM_CFLAGS} 1)
