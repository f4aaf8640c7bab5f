# The stream library for other projects: find_package(vitrine), target vitrine::streams. `cmake --install build/release --prefix DIR`.
# Only base and streams are installed; the shop is a program, not a library.
set(VITRINE_INSTALLED base streams_log streams_store streams_topology streams_operators streams_broker streams_runtime streams_kafka
  streams_standby streams_run)
add_library(streams INTERFACE)
target_link_libraries(streams INTERFACE streams_run)
target_compile_features(streams INTERFACE cxx_std_20)
install(TARGETS streams ${VITRINE_INSTALLED} vitrine_warnings EXPORT vitrine
  ARCHIVE DESTINATION lib/vitrine INCLUDES DESTINATION include/vitrine)
install(EXPORT vitrine NAMESPACE vitrine:: DESTINATION lib/cmake/vitrine FILE vitrine-targets.cmake)

# Public headers are "vitrine/…"; the rest is what they include.
foreach(folder base streams/log streams/store streams/topology streams/operators streams/broker streams/runtime streams/kafka
    streams/standby)
  install(DIRECTORY ${folder}/ DESTINATION include/vitrine/${folder} FILES_MATCHING PATTERN "*.h" PATTERN "*_test*" EXCLUDE)
endforeach()
install(DIRECTORY streams/include/vitrine DESTINATION include/vitrine)

include(CMakePackageConfigHelpers)
configure_package_config_file(cmake/vitrine-config.cmake.in ${CMAKE_BINARY_DIR}/vitrine-config.cmake
  INSTALL_DESTINATION lib/cmake/vitrine)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/vitrine-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/vitrine-config.cmake ${CMAKE_BINARY_DIR}/vitrine-config-version.cmake
  DESTINATION lib/cmake/vitrine)
