# Runs COMMAND and succeeds when it does not. WILL_FAIL would count death by a signal as a failure of the test, and
# dying at a guard page is exactly what is expected here.
if(NOT EXISTS "${PROGRAM}")
  message(FATAL_ERROR "${PROGRAM} was not built")
endif()
execute_process(COMMAND ${COMMAND} RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
if(result EQUAL 0)
  message(FATAL_ERROR "the seeded fault went unnoticed by: ${COMMAND}")
endif()
message(STATUS "caught (${result})")
