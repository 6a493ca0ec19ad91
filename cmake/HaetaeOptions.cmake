# What can be switched, and how our own code is compiled.
#
# Below another project (add_subdirectory, FetchContent) only the libraries are built and
# nothing is installed, unless that project asks for more. Nothing here reaches the
# project above: variables and directory options end at our own folder.
include(GNUInstallDirs)

set(HAETAE_IS_TOP_LEVEL OFF)
if(CMAKE_SOURCE_DIR STREQUAL PROJECT_SOURCE_DIR)
  set(HAETAE_IS_TOP_LEVEL ON)
endif()

option(HAETAE_INSTALL "Install the libraries, and the tools that are built" ${HAETAE_IS_TOP_LEVEL})
option(HAETAE_INSTALL_DOCS "Install the documentation as well" ${HAETAE_IS_TOP_LEVEL})
option(HAETAE_BUILD_TESTS "Build the tests" ${HAETAE_IS_TOP_LEVEL})
option(HAETAE_BUILD_TOOLS "Build haetae-view and the other tools" ${HAETAE_IS_TOP_LEVEL})
option(HAETAE_BUILD_EXAMPLES "Build the examples" ${HAETAE_IS_TOP_LEVEL})
option(HAETAE_BUILD_BENCH "Build the benchmarks" ${HAETAE_IS_TOP_LEVEL})
option(HAETAE_BUILD_FUZZ "Build the fuzzers (needs clang's libFuzzer)" OFF)
option(HAETAE_WERROR "Treat warnings in our own code as errors" OFF)
option(REQUIRE_ALL_TESTS "Fail when a test or tool can't be built, instead of leaving it out"
       $ENV{REQUIRE_ALL_TESTS})
option(HAETAE_COVERAGE "Count which lines the tests run (needs gcc)" OFF)
set(HAETAE_SANITIZE "" CACHE STRING "Sanitizers for our own code, e.g. address,undefined or thread")

# HAETAE_BUILD_SHARED, HAETAE_BUILD_STATIC: which kinds of library to build. By default the
# kind that BUILD_SHARED_LIBS names. Where it is not set, a project of its own gets both, and a
# part of another project the static one, as for add_library(). Not in the cache, so that a
# later change of BUILD_SHARED_LIBS is obeyed.
set(haetae_shared ON)
set(haetae_static ON)
if(DEFINED BUILD_SHARED_LIBS OR NOT HAETAE_IS_TOP_LEVEL)
  if(BUILD_SHARED_LIBS)
    set(haetae_static OFF)
  else()
    set(haetae_shared OFF)
  endif()
endif()
if(NOT DEFINED HAETAE_BUILD_SHARED)
  set(HAETAE_BUILD_SHARED ${haetae_shared})
endif()
if(NOT DEFINED HAETAE_BUILD_STATIC)
  set(HAETAE_BUILD_STATIC ${haetae_static})
endif()
if(NOT HAETAE_BUILD_SHARED AND NOT HAETAE_BUILD_STATIC)
  message(FATAL_ERROR "haetae: HAETAE_BUILD_SHARED and HAETAE_BUILD_STATIC are both off: "
                      "there is nothing to build")
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# File-local names are plain and recur in other files, which a unity build would join.
set(CMAKE_UNITY_BUILD OFF)
if(HAETAE_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
  endif()
endif()

# haetae_warnings: link it PRIVATE to every target of our own code (not to
# generated code). Another project chooses its warnings itself.
add_library(haetae_warnings INTERFACE)
if(HAETAE_IS_TOP_LEVEL OR HAETAE_WERROR)
  target_compile_options(haetae_warnings INTERFACE
    -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
    -Wpedantic -Wpointer-arith -Wvla)
endif()
if(HAETAE_WERROR)
  target_compile_options(haetae_warnings INTERFACE -Werror)
endif()

# What is built is the same wherever it is built. A project above, and a debug build, keep
# whole paths, for their debuggers.
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
if(HAETAE_IS_TOP_LEVEL)
  # The last one that matches counts, and the build folder may be in the source folder.
  foreach(map "${PROJECT_SOURCE_DIR}=." "${PROJECT_BINARY_DIR}=build")
    add_compile_options("$<$<NOT:$<CONFIG:Debug>>:-ffile-prefix-map=${map}>")
  endforeach()
endif()

if(HAETAE_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
if(HAETAE_SANITIZE)
  add_compile_options(-fsanitize=${HAETAE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${HAETAE_SANITIZE})
endif()
if(HAETAE_BUILD_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "haetae: HAETAE_BUILD_FUZZ needs clang: cmake --preset fuzz")
  endif()
  # Coverage of our own code steers the fuzzers.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# haetae_find_package(<package> <target>): finds a package whose target a static library of ours
# hands to whoever links it. They may be in folders that our own find_package() does not reach,
# so the target becomes global, unless the project above has found it already.
macro(haetae_find_package package target)
  if(NOT TARGET ${target})
    find_package(${package} QUIET)
    if(TARGET ${target})
      get_target_property(haetae_aliased ${target} ALIASED_TARGET)
      if(NOT haetae_aliased)
        set_target_properties(${target} PROPERTIES IMPORTED_GLOBAL ON)
      endif()
    endif()
  endif()
endmacro()

# Before glibc 2.34 what tests call is in libraries of its own: timers and dlsym().
set(HAETAE_OLD_LIBC_PARTS rt ${CMAKE_DL_LIBS})
haetae_find_package(Threads Threads::Threads)
if(NOT TARGET Threads::Threads)
  message(FATAL_ERROR "haetae: POSIX threads are needed, and were not found")
endif()
