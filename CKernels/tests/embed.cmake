# One way to embed the library, as a user would go it. WAY is
#
#   install            puts BUILD under PREFIX, for the next two
#   find_package       consumer/main.cpp in a project that finds the installed library
#   pkg_config         consumer/main.c, README's ten lines and, with a C++ compiler, main.cpp by a line that pkg-config
#                      completes
#   add_subdirectory   consumer/main.cpp in a project that contains this one
#   copy               examples/xor.c compiled together with copies of include and src
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# Compiles with the arguments and runs the program.
function(compile_and_run)
  run(${ARGN} -o ${WORK}/program)
  run(${WORK}/program)
  message(STATUS "${output}")
endfunction()

function(build_and_run)
  run(${CMAKE_COMMAND} -S ${SOURCE}/tests/consumer -B ${WORK} -DCMAKE_C_COMPILER=${CC} -DCMAKE_CXX_COMPILER=${CXX}
    ${ARGN})
  run(${CMAKE_COMMAND} --build ${WORK} --target consumer)
  run(${WORK}/consumer)
  message(STATUS "${output}")
endfunction()

if(WAY STREQUAL "install")
  file(REMOVE_RECURSE ${PREFIX})
  run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX})
  return()
endif()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
if(WAY STREQUAL "find_package")
  build_and_run(-DCMAKE_PREFIX_PATH=${PREFIX})
elseif(WAY STREQUAL "add_subdirectory")
  build_and_run(-DSUBDIRECTORY=${SOURCE} -DNABLA_OPENMP=${OPENMP})
elseif(WAY STREQUAL "pkg_config")
  set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
  run(${PKG_CONFIG} --cflags --libs nabla-kernels)
  separate_arguments(flags UNIX_COMMAND "${output}")
  list(APPEND flags -Wl,-rpath,${PREFIX}/${LIBDIR})
  compile_and_run(${CC} -std=c11 ${SOURCE}/tests/consumer/main.c ${flags})
  file(READ ${SOURCE}/README.md readme)
  string(REGEX MATCH "```c\n([^`]*)```" first_example "${readme}")
  file(WRITE ${WORK}/ten_lines.c "${CMAKE_MATCH_1}")
  compile_and_run(${CC} -std=c11 ${WORK}/ten_lines.c ${flags})
  if(CXX)
    compile_and_run(${CXX} ${SOURCE}/tests/consumer/main.cpp ${flags})
  endif()
elseif(WAY STREQUAL "copy")
  set(threads -fopenmp)
  file(WRITE ${WORK}/nothing.c "int main(void) { return 0; }\n")
  execute_process(COMMAND ${CC} -fopenmp ${WORK}/nothing.c -o ${WORK}/nothing RESULT_VARIABLE result
    OUTPUT_QUIET ERROR_QUIET)
  if(NOT result EQUAL 0)
    message(STATUS "${CC} links no OpenMP runtime of its own: compiled without -fopenmp")
    set(threads)
  endif()
  file(COPY ${SOURCE}/include ${SOURCE}/src DESTINATION ${WORK}/copied)
  file(GLOB copied ${WORK}/copied/src/*.c)
  compile_and_run(${CC} -O2 -ffp-contract=off ${threads} ${SOURCE}/examples/xor.c ${copied} -I${WORK}/copied/include
    -lm)
endif()
