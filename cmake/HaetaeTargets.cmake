# Below 1.0 a minor version may change the API, and so the ABI. It stands in the libraries'
# names and in the version of their symbols, so that a process can hold two.
set(HAETAE_ABI ${PROJECT_VERSION_MAJOR})
if(HAETAE_ABI EQUAL 0)
  set(HAETAE_ABI 0.${PROJECT_VERSION_MINOR})
endif()
set(HAETAE_VERSION_SCRIPT ${PROJECT_BINARY_DIR}/cmake/haetae.map)
configure_file(${PROJECT_SOURCE_DIR}/cmake/haetae.map.in ${HAETAE_VERSION_SCRIPT} @ONLY)

# haetae_prepare_install(<target> <folder>): it is installed into the folder (as in
# CMAKE_INSTALL_BINDIR), and finds our libraries from there, wherever the whole is moved to.
function(haetae_prepare_install target folder)
  set(libraries ${CMAKE_INSTALL_LIBDIR})
  if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" AND NOT IS_ABSOLUTE "${folder}")
    file(RELATIVE_PATH libraries "/${folder}" "/${CMAKE_INSTALL_LIBDIR}")
    string(REGEX REPLACE "/$" "" libraries "\$ORIGIN/${libraries}")
  endif()
  set_target_properties(${target} PROPERTIES INSTALL_RPATH "${libraries}")
endfunction()

# haetae_add_library(<name> SOURCES ... [PUBLIC_INCLUDES dir...] [LIBS ...] [PUBLIC_LIBS ...]
#                    [OBJECTS target...] [MODULES target...])
# Makes the shared library haetae_<name>, the static one haetae_<name>_static and
# the alias haetae::<name> (shared when it is built), from one set of objects.
# PUBLIC_LIBS are haetae_… libraries whose headers the library's own include.
# Only symbols that begin with haetae_ leave the shared library. OBJECTS are object
# libraries, part of the core. A shared exporter gets a copy of its own, since
# their symbols are hidden; a static one finds them in the static core. MODULES are object
# libraries beside the core, which both kinds contain (haetae_add_exporter_module).
function(haetae_add_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC_INCLUDES;LIBS;PUBLIC_LIBS;OBJECTS;MODULES" ${ARGN})
  set(output haetae-${name})
  if(name STREQUAL core)
    set(output haetae)
  endif()
  string(REPLACE "_" "-" output ${output})
  if(haetae_proto IN_LIST ARG_OBJECTS)
    list(REMOVE_ITEM ARG_OBJECTS haetae_proto)
    list(APPEND ARG_LIBS haetae_proto)
  endif()
  # Whoever links a shared library of ours links nothing of others' for it.
  set(others ${ARG_PUBLIC_LIBS})
  list(FILTER others EXCLUDE REGEX "^haetae_")
  list(FILTER ARG_PUBLIC_LIBS INCLUDE REGEX "^haetae_")
  list(APPEND ARG_LIBS ${others})

  add_library(haetae_${name}_objects OBJECT ${ARG_SOURCES})
  set_target_properties(haetae_${name}_objects PROPERTIES C_VISIBILITY_PRESET hidden)
  target_include_directories(haetae_${name}_objects
    PUBLIC ${PROJECT_SOURCE_DIR}/include ${ARG_PUBLIC_INCLUDES}
    PRIVATE ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/exporters)
  target_compile_definitions(haetae_${name}_objects PRIVATE _GNU_SOURCE)
  target_link_libraries(haetae_${name}_objects PRIVATE haetae_warnings ${ARG_LIBS})

  foreach(kind SHARED STATIC)
    if(NOT HAETAE_BUILD_${kind})
      continue()
    endif()
    set(target haetae_${name})
    set(suffix "")
    set(objects $<TARGET_OBJECTS:haetae_${name}_objects>)
    if(kind STREQUAL STATIC)
      set(target haetae_${name}_static)
      set(suffix _static)
    endif()
    foreach(module IN LISTS ARG_MODULES)
      list(APPEND objects $<TARGET_OBJECTS:${module}>)
    endforeach()
    if(kind STREQUAL SHARED OR name STREQUAL core)
      foreach(extra IN LISTS ARG_OBJECTS)
        list(APPEND objects $<TARGET_OBJECTS:${extra}>)
      endforeach()
    endif()
    add_library(${target} ${kind} ${objects})
    set_target_properties(${target} PROPERTIES
      OUTPUT_NAME ${output} EXPORT_NAME ${name}${suffix} LINKER_LANGUAGE C)
    target_include_directories(${target} INTERFACE
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    foreach(dir IN LISTS ARG_PUBLIC_INCLUDES)
      target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${dir}>)
    endforeach()
    target_link_libraries(${target} PRIVATE ${ARG_LIBS})
    foreach(lib IN LISTS ARG_PUBLIC_LIBS)
      target_link_libraries(${target} PUBLIC ${lib}${suffix})
    endforeach()
    add_library(haetae::${name}${suffix} ALIAS ${target})
  endforeach()

  if(HAETAE_BUILD_SHARED)
    haetae_prepare_install(haetae_${name} ${CMAKE_INSTALL_LIBDIR})
    set_target_properties(haetae_${name} PROPERTIES
      VERSION ${PROJECT_VERSION} SOVERSION ${HAETAE_ABI} LINK_DEPENDS ${HAETAE_VERSION_SCRIPT})
    target_link_options(haetae_${name} PRIVATE
      "LINKER:--version-script=${HAETAE_VERSION_SCRIPT}" "LINKER:-z,nodelete")
    # Clang leaves the sanitizers' own symbols to the program.
    if(NOT HAETAE_SANITIZE OR NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
      target_link_options(haetae_${name} PRIVATE "LINKER:--no-undefined")
    endif()
  else()
    add_library(haetae::${name} ALIAS haetae_${name}_static)
  endif()

  # For HaetaeInstall.
  set_property(GLOBAL APPEND PROPERTY HAETAE_LIBRARIES ${name})
  set_property(GLOBAL PROPERTY HAETAE_${name}_OUTPUT ${output})
  set_property(GLOBAL PROPERTY HAETAE_${name}_INCLUDES ${ARG_PUBLIC_INCLUDES})
  set_property(GLOBAL PROPERTY HAETAE_${name}_LIBS ${ARG_LIBS} ${ARG_PUBLIC_LIBS})
endfunction()

# haetae_add_exporter_module(<name> SOURCES ... [LIBS ...])
# Makes the object library haetae_<name> of a folder of exporters/ that several exporters or
# tools share: a library of ours names it in MODULES, a tool links it.
function(haetae_add_exporter_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_library(haetae_${name} OBJECT EXCLUDE_FROM_ALL ${ARG_SOURCES})
  set_target_properties(haetae_${name} PROPERTIES C_VISIBILITY_PRESET hidden)
  target_include_directories(haetae_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include
    ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/exporters)
  target_compile_definitions(haetae_${name} PRIVATE _GNU_SOURCE)
  target_link_libraries(haetae_${name} PRIVATE haetae_warnings PUBLIC ${ARG_LIBS})
endfunction()

# haetae_add_test(<layer>/<module> SOURCES ... [LIBS ...] [INCLUDES ...] [LABELS ...])
# A cmocka test program that sees the internals: it links the static core.
function(haetae_add_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;INCLUDES;LABELS" ${ARGN})
  string(REPLACE "/" "_" target "test_${name}")
  add_executable(${target} ${ARG_SOURCES} $<TARGET_OBJECTS:haetae_test_patience>)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE
    HAETAE_TEST_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
  target_include_directories(${target} PRIVATE
    ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/tests ${ARG_INCLUDES})
  target_link_libraries(${target} PRIVATE haetae_warnings ${ARG_LIBS} haetae::core_static
    PkgConfig::CMOCKA Threads::Threads ${HAETAE_OLD_LIBC_PARTS})
  add_test(NAME ${name} COMMAND ${target})
  # For what hangs alone: on a busy machine, and under sanitizers, some tests take minutes.
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 LABELS "unit;${ARG_LABELS}"
    SKIP_RETURN_CODE 77)
endfunction()
