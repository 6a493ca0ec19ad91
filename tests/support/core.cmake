# The common part of the core's tests: a recorder with a tracer and a logger, and records
# decoded by protobuf-c where it is installed.
if(NOT TARGET haetae_test_core)
  function(haetae_add_test_support target)
    add_library(${target} STATIC ${ARGN})
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(${target} PRIVATE haetae_warnings PUBLIC haetae::core_static
      PkgConfig::CMOCKA Threads::Threads)
  endfunction()

  set(support ${PROJECT_SOURCE_DIR}/tests/support)
  haetae_add_test_support(haetae_test_core ${support}/core_fixture.c ${support}/core_step.c)
  if(TARGET haetae_proto)
    haetae_add_test_support(haetae_test_decode ${support}/core_decode.c)
    target_link_libraries(haetae_test_decode PUBLIC haetae_test_core haetae_proto)
  endif()

  # haetae_add_core_tests(<layer> module...): a test of <module>_test.c for each module.
  # haetae_add_decode_tests: the same for tests that decode records.
  function(haetae_add_core_tests layer)
    foreach(module IN LISTS ARGN)
      haetae_add_test(${layer}/${module} SOURCES ${module}_test.c LIBS haetae_test_core)
    endforeach()
  endfunction()
  function(haetae_add_decode_tests layer)
    if(NOT TARGET haetae_test_decode)
      set(severity STATUS)
      if(REQUIRE_ALL_TESTS)
        set(severity FATAL_ERROR)
      endif()
      message(${severity} "haetae: a part of tests/${layer} is left out: haetae_proto is not built")
      return()
    endif()
    foreach(module IN LISTS ARGN)
      haetae_add_test(${layer}/${module} SOURCES ${module}_test.c LIBS haetae_test_decode)
    endforeach()
  endfunction()
endif()
