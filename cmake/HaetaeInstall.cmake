# Install rules, pkg-config files and the CMake package.
#
# Components: runtime (shared libraries), development (headers, static
# libraries, pkg-config and CMake files), tools, documentation.
# The CMake package and the tools can be moved with their tree. A pkg-config file names the
# prefix, which pkg-config's users may override.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/haetae)

# Says how the consumer of a static library finds what the library links: pkg-config
# modules for Requires.private, words for Libs.private, packages for CMake.
#
# libcurl is only -lcurl, librdkafka -lrdkafka. Their own modules name every library that they were
# built with. Those are often not installed for linking, and a shared one needs none.
function(haetae_describe_dependency lib)
  if(lib STREQUAL haetae_proto)
    haetae_describe_dependency(PkgConfig::PROTOBUFC)
    list(PREPEND libs -lhaetae-proto)
  elseif(lib STREQUAL PkgConfig::PROTOBUFC)
    list(APPEND requires libprotobuf-c)
    list(APPEND packages "PkgConfig/PROTOBUFC/libprotobuf-c")
  elseif(lib STREQUAL ZLIB::ZLIB)
    list(APPEND requires zlib)
    list(APPEND packages ZLIB)
  elseif(lib STREQUAL PkgConfig::ISAL)
    list(APPEND requires libisal)
    list(APPEND packages "PkgConfig/ISAL/libisal")
  elseif(lib STREQUAL PkgConfig::ZSTD)
    list(APPEND requires libzstd)
    list(APPEND packages "PkgConfig/ZSTD/libzstd")
  elseif(lib STREQUAL PkgConfig::MICROHTTPD)
    list(APPEND requires libmicrohttpd)
    list(APPEND packages "PkgConfig/MICROHTTPD/libmicrohttpd")
  elseif(lib STREQUAL PkgConfig::RDKAFKA)
    list(APPEND libs -lrdkafka)
    list(APPEND packages "PkgConfig/RDKAFKA/rdkafka")
  elseif(lib STREQUAL PkgConfig::YAML)
    list(APPEND requires yaml-0.1)
    list(APPEND packages "PkgConfig/YAML/yaml-0.1")
  elseif(lib STREQUAL CURL::libcurl)
    list(APPEND libs -lcurl)
    list(APPEND packages CURL)
  elseif(lib STREQUAL Threads::Threads)
    list(APPEND libs -pthread)
    list(APPEND packages Threads)
  elseif(lib MATCHES "^(m|rt|dl|crypt)$")
    list(APPEND libs -l${lib})
  elseif(NOT lib MATCHES "^haetae_")
    message(FATAL_ERROR "haetae: HaetaeInstall does not know how a consumer finds ${lib}")
  endif()
  foreach(kind requires libs packages)
    set(${kind} ${${kind}} PARENT_SCOPE)
  endforeach()
endfunction()

# The pkg-config file of a library, and its line in the CMake package.
function(haetae_install_description name)
  get_property(linked GLOBAL PROPERTY HAETAE_${name}_LIBS)
  set(requires "")
  set(libs "")
  set(packages "")
  if(HAETAE_BUILD_STATIC)
    foreach(lib IN LISTS linked)
      haetae_describe_dependency(${lib})
    endforeach()
  endif()
  set_property(GLOBAL APPEND_STRING PROPERTY HAETAE_PACKAGE_DEPENDENCIES
    "set(haetae_${name}_dependencies ${packages})\n")

  get_property(module GLOBAL PROPERTY HAETAE_${name}_OUTPUT)
  set(description "${PROJECT_DESCRIPTION}")
  set(public "")
  if(NOT name STREQUAL core)
    string(REPLACE "haetae-" "" exporter ${module})
    set(description "The ${exporter} exporter of haetae")
    if(name STREQUAL config_file)
      set(description "Configuration files for haetae")
    endif()
    set(public "Requires: haetae = ${PROJECT_VERSION}\n")
  endif()
  set(private "")
  if(requires)
    list(JOIN requires ", " requires)
    string(APPEND private "Requires.private: ${requires}\n")
  endif()
  if(libs)
    list(JOIN libs " " libs)
    string(APPEND private "Libs.private: ${libs}\n")
  endif()
  # The prefix is known at the installation: cmake --install --prefix can change it.
  set(prefix "@CMAKE_INSTALL_PREFIX@")
  configure_file(${PROJECT_SOURCE_DIR}/cmake/haetae.pc.in
    ${PROJECT_BINARY_DIR}/cmake/${module}.pc.in @ONLY)
  set(file ${CMAKE_INSTALL_LIBDIR}/pkgconfig/${module}.pc)
  if(NOT IS_ABSOLUTE ${file})
    set(file "\${CMAKE_INSTALL_PREFIX}/${file}")
  endif()
  # Not by way of the build folder: two installations may run at once.
  install(CODE "configure_file([[${PROJECT_BINARY_DIR}/cmake/${module}.pc.in]]
      \"\$ENV{DESTDIR}${file}\" @ONLY)
    message(STATUS \"Installing: \$ENV{DESTDIR}${file}\")
    list(APPEND CMAKE_INSTALL_MANIFEST_FILES \"${file}\")" COMPONENT development)
endfunction()

# The target as haetae::<its EXPORT_NAME>, described in a file of its own, which
# the package reads when it is there.
function(haetae_install_target target)
  install(TARGETS ${target} EXPORT ${target}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
      COMPONENT runtime NAMELINK_COMPONENT development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  install(EXPORT ${target} FILE ${target}.cmake NAMESPACE haetae::
    DESTINATION ${package_dir} COMPONENT development)
endfunction()

# Directories in pkg-config files are below the prefix, unless they were given as absolute
# paths.
foreach(kind LIBDIR INCLUDEDIR)
  string(TOLOWER pc_${kind} variable)
  set(${variable} ${CMAKE_INSTALL_${kind}})
  if(NOT IS_ABSOLUTE ${CMAKE_INSTALL_${kind}})
    set(${variable} "\${prefix}/${CMAKE_INSTALL_${kind}}")
  endif()
endforeach()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/haetae DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT development FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_SOURCE_DIR}/ffi/haetae_ffi.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/haetae COMPONENT development)
install(FILES ${PROJECT_SOURCE_DIR}/ffi/haetae_ffi.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/haetae COMPONENT development)
get_property(libraries GLOBAL PROPERTY HAETAE_LIBRARIES)
set(proto_is_linked OFF)
foreach(name IN LISTS libraries)
  foreach(kind "" _static)
    if(TARGET haetae_${name}${kind})
      haetae_install_target(haetae_${name}${kind})
    endif()
  endforeach()
  get_property(includes GLOBAL PROPERTY HAETAE_${name}_INCLUDES)
  foreach(dir IN LISTS includes)
    install(DIRECTORY ${dir}/haetae DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
      COMPONENT development FILES_MATCHING PATTERN "*.h")
  endforeach()
  haetae_install_description(${name})
  get_property(linked GLOBAL PROPERTY HAETAE_${name}_LIBS)
  if(haetae_proto IN_LIST linked)
    set(proto_is_linked ON)
  endif()
endforeach()

# The generated code goes into each shared library; static ones share an archive.
if(HAETAE_BUILD_STATIC AND proto_is_linked)
  set_target_properties(haetae_proto PROPERTIES OUTPUT_NAME haetae-proto EXPORT_NAME proto)
  # Its header is for our own code only.
  foreach(property INTERFACE_INCLUDE_DIRECTORIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES)
    get_target_property(dirs haetae_proto ${property})
    set_target_properties(haetae_proto PROPERTIES ${property} "$<BUILD_INTERFACE:${dirs}>")
  endforeach()
  haetae_install_target(haetae_proto)
endif()

get_property(package_dependencies GLOBAL PROPERTY HAETAE_PACKAGE_DEPENDENCIES)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/haetaeConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cmake/haetaeConfig.cmake INSTALL_DESTINATION ${package_dir}
  NO_SET_AND_CHECK_MACRO)
# Below 1.0 a minor version may change the API.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/haetaeConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/cmake/haetaeConfig.cmake
  ${PROJECT_BINARY_DIR}/cmake/haetaeConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT development)

foreach(tool haetae-view haetae-recover)
  if(TARGET ${tool})
    install(TARGETS ${tool} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
  endif()
endforeach()

if(NOT HAETAE_INSTALL_DOCS)
  return()
endif()
file(GLOB pages ${PROJECT_SOURCE_DIR}/docs/*.md)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE ${PROJECT_SOURCE_DIR}/README.md
    ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${pages}
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation)
file(GLOB manual ${PROJECT_SOURCE_DIR}/docs/man/*.1)
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT documentation)
