# What can be switched, and how our own code is compiled.
include(GNUInstallDirs)

option(HAETAE_BUILD_TESTS "Build the tests" ON)
option(HAETAE_BUILD_TOOLS "Build haetae-view and the other tools" ON)
option(HAETAE_BUILD_EXAMPLES "Build the examples" ON)
option(HAETAE_BUILD_BENCH "Build the benchmarks" ON)
option(HAETAE_BUILD_FUZZ "Build the fuzzers (needs clang's libFuzzer)" OFF)
option(HAETAE_BUILD_SHARED "Build the shared libraries" ON)
option(HAETAE_BUILD_STATIC "Build the static libraries" ON)
option(HAETAE_WERROR "Treat warnings in our own code as errors" OFF)
option(REQUIRE_ALL_TESTS "Fail when a test or tool can't be built, instead of leaving it out"
       $ENV{REQUIRE_ALL_TESTS})
set(HAETAE_SANITIZE "" CACHE STRING "Sanitizers for our own code, e.g. address,undefined or thread")

if(NOT HAETAE_BUILD_SHARED AND NOT HAETAE_BUILD_STATIC)
  message(FATAL_ERROR "haetae: HAETAE_BUILD_SHARED and HAETAE_BUILD_STATIC are both off: "
                      "there is nothing to build")
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

# haetae_warnings: link it PRIVATE to every target of our own code (not to
# generated code).
add_library(haetae_warnings INTERFACE)
target_compile_options(haetae_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wpointer-arith -Wvla)
if(HAETAE_WERROR)
  target_compile_options(haetae_warnings INTERFACE -Werror)
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

find_package(Threads REQUIRED)
