# The common part of the tests of the SDK and its pipeline: fake exporters, and an SDK
# that exports to them.
set(HAETAE_TEST_SDK_SOURCES
  ${PROJECT_SOURCE_DIR}/tests/support/fake_exporter.c
  ${PROJECT_SOURCE_DIR}/tests/support/sdk_fixture.c)

if(NOT TARGET haetae_test_sdk)
  add_library(haetae_test_sdk STATIC ${HAETAE_TEST_SDK_SOURCES})
  target_compile_definitions(haetae_test_sdk PRIVATE _GNU_SOURCE)
  target_include_directories(haetae_test_sdk PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(haetae_test_sdk PRIVATE haetae_warnings PUBLIC haetae::core_static
    PkgConfig::CMOCKA Threads::Threads)

  # haetae_add_sdk_tests(<layer> module...): a test of <module>_test.c for each module.
  function(haetae_add_sdk_tests layer)
    foreach(module IN LISTS ARGN)
      haetae_add_test(${layer}/${module} SOURCES ${module}_test.c LIBS haetae_test_sdk)
    endforeach()
  endfunction()
endif()
