# The parts that can be left out. HAETAE_<PART> says whether one is built:
#   ON    it is; the configuration fails when something is missing for it
#   OFF   it is not
#   AUTO  it is when nothing is missing for it
# The summary at the end of the configuration shows what was decided, and why.

# haetae_declare_part(<PART> <what it is> [ONLY_WITH <option>])
# ONLY_WITH: with that option off, AUTO means OFF.
function(haetae_declare_part part title)
  cmake_parse_arguments(ARG "" "ONLY_WITH" "" ${ARGN})
  set(HAETAE_${part} AUTO CACHE STRING "Build the ${title}: ON, OFF or AUTO")
  set_property(CACHE HAETAE_${part} PROPERTY STRINGS ON OFF AUTO)
  if(NOT HAETAE_${part} MATCHES "^(ON|OFF|AUTO|TRUE|FALSE|YES|NO|1|0)$")
    message(FATAL_ERROR "haetae: HAETAE_${part} is '${HAETAE_${part}}'; it can be ON, OFF or AUTO")
  endif()
  set(decision yes)
  if(NOT HAETAE_${part} STREQUAL AUTO AND NOT HAETAE_${part})
    set(decision "no, it is switched off")
  elseif(HAETAE_${part} STREQUAL AUTO AND ARG_ONLY_WITH AND NOT ${ARG_ONLY_WITH})
    set(decision "no, ${ARG_ONLY_WITH} is off")
  endif()
  set_property(GLOBAL APPEND PROPERTY HAETAE_PARTS ${part})
  set_property(GLOBAL PROPERTY HAETAE_PART_TITLE_${part} "${title}")
  set_property(GLOBAL PROPERTY HAETAE_PART_${part} "${decision}")
endfunction()

# haetae_add_part(<PART> <folder>): the folder, unless the part is switched off.
macro(haetae_add_part part folder)
  get_property(haetae_decision GLOBAL PROPERTY HAETAE_PART_${part})
  if(haetae_decision STREQUAL yes)
    add_subdirectory(${folder})
  endif()
endmacro()

# haetae_leave_part_out(<PART> <what is missing>...): an error when the part was asked for.
function(haetae_leave_part_out part)
  list(JOIN ARGN ", " missing)
  get_property(title GLOBAL PROPERTY HAETAE_PART_TITLE_${part})
  if(NOT HAETAE_${part} STREQUAL AUTO)
    message(FATAL_ERROR "haetae: the ${title} was asked for (HAETAE_${part}=${HAETAE_${part}}) and "
                        "needs ${missing}")
  elseif(REQUIRE_ALL_TESTS)
    message(FATAL_ERROR "haetae: the ${title} needs ${missing} (REQUIRE_ALL_TESTS is set)")
  endif()
  set_property(GLOBAL PROPERTY HAETAE_PART_${part} "no, it needs ${missing}")
endfunction()

# haetae_note_on_part(<PART> <text>): the summary says it beside "yes".
function(haetae_note_on_part part text)
  set_property(GLOBAL PROPERTY HAETAE_PART_${part} "yes; ${text}")
endfunction()

# haetae_find_module(<PART> <pkg-config module>): for a part that is nothing but a library: makes the
# target PkgConfig::<PART> when it is there and not switched off.
# haetae_require_module(<PART> <what it is>): leaves the part out when it was not found.
macro(haetae_find_module part module)
  get_property(haetae_decision GLOBAL PROPERTY HAETAE_PART_${part})
  if(haetae_decision STREQUAL yes)
    find_package(PkgConfig QUIET)
    if(PKG_CONFIG_FOUND)
      pkg_check_modules(${part} QUIET IMPORTED_TARGET GLOBAL ${module})
    endif()
  endif()
endmacro()
function(haetae_require_module part what)
  get_property(decision GLOBAL PROPERTY HAETAE_PART_${part})
  if(decision STREQUAL yes AND NOT TARGET PkgConfig::${part})
    haetae_leave_part_out(${part} "${what}")
  endif()
endfunction()

function(haetae_print_summary)
  set(kinds "")
  foreach(kind shared static)
    string(TOUPPER ${kind} switch)
    if(HAETAE_BUILD_${switch})
      list(APPEND kinds ${kind})
    endif()
  endforeach()
  list(JOIN kinds " and " kinds)
  message(STATUS "haetae ${PROJECT_VERSION}: libraries ${kinds}, build type '${CMAKE_BUILD_TYPE}'")
  get_property(parts GLOBAL PROPERTY HAETAE_PARTS)
  foreach(part IN LISTS parts)
    get_property(title GLOBAL PROPERTY HAETAE_PART_TITLE_${part})
    get_property(decision GLOBAL PROPERTY HAETAE_PART_${part})
    message(STATUS "  ${title} (HAETAE_${part}): ${decision}")
  endforeach()
  foreach(kind TESTS EXAMPLES BENCH FUZZ)
    string(TOLOWER ${kind} title)
    set(decision no)
    if(HAETAE_BUILD_${kind})
      set(decision yes)
    endif()
    message(STATUS "  ${title} (HAETAE_BUILD_${kind}): ${decision}")
  endforeach()
endfunction()

haetae_declare_part(OTLP_HTTP "OTLP/HTTP exporter")
haetae_declare_part(ISAL "gzip compression by ISA-L" ONLY_WITH HAETAE_OTLP_HTTP)
haetae_declare_part(ZSTD "zstd compression" ONLY_WITH HAETAE_OTLP_HTTP)
# ISA-L has code for these processors only.
if(HAETAE_ISAL STREQUAL AUTO AND NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64|aarch64|arm64)$")
  set_property(GLOBAL PROPERTY HAETAE_PART_ISAL "no, it is for x86-64 and aarch64")
endif()
haetae_declare_part(CONSOLE "console exporter")
haetae_declare_part(VIEW "tool haetae-view" ONLY_WITH HAETAE_BUILD_TOOLS)
haetae_declare_part(RECOVER "tool haetae-recover" ONLY_WITH HAETAE_BUILD_TOOLS)
haetae_declare_part(DISPATCH "example service dispatch" ONLY_WITH HAETAE_BUILD_EXAMPLES)
haetae_declare_part(NGINX "example module for nginx" ONLY_WITH HAETAE_BUILD_EXAMPLES)
