# Compiles each public header by itself, in C and C++ of several years, with warnings as errors.
# FOLDERS have the headers, in haetae/; COMPILERS are those of C that there are, CXX_COMPILERS of
# C++; WORK is a folder for the sources.
file(REMOVE_RECURSE ${WORK})
set(includes "")
set(sources "")
set(cxx_sources "")
foreach(folder IN LISTS FOLDERS)
  list(APPEND includes -I${folder})
  file(GLOB headers RELATIVE ${folder} ${folder}/haetae/*.h)
  foreach(header IN LISTS headers)
    get_filename_component(name ${header} NAME_WE)
    # What each program does with an option struct must compile as well.
    set(text "#include <${header}>\n")
    if(name STREQUAL "trace")
      string(APPEND text "haetae_span_options options_of(void);\n"
        "haetae_span_options options_of(void)\n{\n"
        "    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);\n"
        "    return options;\n}\n")
      file(WRITE ${WORK}/fields.c "${text}"
        "haetae_span_options fields_of(int32_t kind);\n"
        "haetae_span_options fields_of(int32_t kind)\n{\n"
        "    haetae_span_options options =\n"
        "        HAETAE_OPTIONS(haetae_span_options, .kind = kind, .trace_state = {\"a\", 1});\n"
        "    return options;\n}\n")
      list(APPEND sources ${WORK}/fields.c)
    endif()
    file(WRITE ${WORK}/${name}.c "${text}")
    file(WRITE ${WORK}/${name}.cpp "${text}")
    list(APPEND sources ${WORK}/${name}.c)
    list(APPEND cxx_sources ${WORK}/${name}.cpp)
  endforeach()
endforeach()

set(count 0)
function(compile compiler standard)
  execute_process(COMMAND ${compiler} -std=${standard} -fsyntax-only -Wall -Wextra -Wpedantic
      -Wconversion -Wshadow -Werror ${includes} ${ARGN} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${compiler} -std=${standard} does not compile a header")
  endif()
  math(EXPR count "${count} + 1")
  set(count ${count} PARENT_SCOPE)
endfunction()
foreach(compiler IN LISTS COMPILERS)
  foreach(standard c99 c11)
    compile(${compiler} ${standard} ${sources})
  endforeach()
endforeach()
foreach(compiler IN LISTS CXX_COMPILERS)
  foreach(standard c++11 c++20)
    compile(${compiler} ${standard} ${cxx_sources})
  endforeach()
endforeach()
list(LENGTH sources headers)
if(headers LESS 15 OR count LESS 2)
  message(FATAL_ERROR "only ${headers} sources were compiled ${count} times")
endif()
message(STATUS "${headers} sources, ${count} times")
