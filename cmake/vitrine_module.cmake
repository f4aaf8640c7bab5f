# vitrine_module(NAME commerce_cart SOURCES decide.cc DEPS base commerce_model THIRD_PARTY fmt::fmt TESTS decide_test.cc)
#
# One room of the house: a static library (or an interface library without SOURCES), and one test program from all TESTS.
# DEPS are rooms on lower floors; tools/check_includes.py holds the #include lines against them. Sources are relative to the
# folder of the caller. TEST_DEPS are rooms only the tests stand on; TEST_RUNNER is a command that runs the test program.
#
# Each room uses a precompiled header: the standard library's, or with the messages where commerce_model is below it. Tests
# have their own (`_tests`), because a precompiled header fits only files compiled with the same flags.
function(vitrine_precompiled target folder)
  set(suffix ${ARGN})
  if(folder MATCHES "^(commerce/[^/]+|gateway|app)$" AND NOT folder STREQUAL "commerce/model")
    target_precompile_headers(${target} REUSE_FROM precompiled_messages${suffix})
  elseif(NOT folder MATCHES "^(base|commerce/model)$")
    target_precompile_headers(${target} REUSE_FROM precompiled_std${suffix})
  endif()
endfunction()

# With VITRINE_UNITY a room is compiled in units of several files: its headers are read once, not once a file. A full build
# takes two thirds of the time; the dev preset, made for changing one file at a time, leaves it off.
function(vitrine_unity target)
  if(VITRINE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 10)
  endif()
endfunction()

# Tests are compiled for speed of compiling; what they test is the shipped library.
set(VITRINE_TEST_FLAGS $<$<CONFIG:Release>:-O0> $<$<CONFIG:Release>:-g0>)
set(VITRINE_COLD_FLAGS $<$<CONFIG:Release>:-O1>)  # for what runs once, or as long as a person waits

function(vitrine_module)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  cmake_parse_arguments(ROOM "" "NAME" "SOURCES;DEPS;THIRD_PARTY;TESTS;TEST_DEPS;TEST_RUNNER" ${ARGN})
  if(ROOM_SOURCES)
    add_library(${ROOM_NAME} STATIC ${ROOM_SOURCES})
    target_link_libraries(${ROOM_NAME} PUBLIC ${ROOM_DEPS} ${ROOM_THIRD_PARTY} PRIVATE vitrine_warnings)
    vitrine_precompiled(${ROOM_NAME} "${folder}")
    vitrine_unity(${ROOM_NAME})
    target_include_directories(${ROOM_NAME} PUBLIC
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/streams/include>)
  else()
    add_library(${ROOM_NAME} INTERFACE)
    target_link_libraries(${ROOM_NAME} INTERFACE ${ROOM_DEPS} ${ROOM_THIRD_PARTY})
    target_include_directories(${ROOM_NAME} INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/streams/include)
  endif()
  if(ROOM_TESTS AND VITRINE_TESTS)
    add_executable(${ROOM_NAME}_test ${ROOM_TESTS})
    target_link_libraries(${ROOM_NAME}_test PRIVATE ${ROOM_NAME} ${ROOM_TEST_DEPS} doctest_main vitrine_warnings)
    target_compile_options(${ROOM_NAME}_test PRIVATE ${VITRINE_TEST_FLAGS})
    vitrine_precompiled(${ROOM_NAME}_test "${folder}" _tests)
    vitrine_unity(${ROOM_NAME}_test)
    set_target_properties(${ROOM_NAME}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${ROOM_NAME} COMMAND ${ROOM_TEST_RUNNER} $<TARGET_FILE:${ROOM_NAME}_test>)
    set_tests_properties(${ROOM_NAME} PROPERTIES TIMEOUT 300)
    if(ROOM_TEST_RUNNER)
      set_tests_properties(${ROOM_NAME} PROPERTIES TIMEOUT 900 RUN_SERIAL ON)
    endif()
  endif()
endfunction()

# vitrine_program(NAME vitrine SOURCES main.cc DEPS …): lands in bin/.
function(vitrine_program)
  cmake_parse_arguments(PROGRAM "" "NAME" "SOURCES;DEPS;THIRD_PARTY" ${ARGN})
  add_executable(${PROGRAM_NAME} ${PROGRAM_SOURCES})
  target_link_libraries(${PROGRAM_NAME} PRIVATE ${PROGRAM_DEPS} ${PROGRAM_THIRD_PARTY} vitrine_warnings)
  target_include_directories(${PROGRAM_NAME} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/streams/include)
  vitrine_unity(${PROGRAM_NAME})
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  vitrine_precompiled(${PROGRAM_NAME} "${folder}")
  set_target_properties(${PROGRAM_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()
