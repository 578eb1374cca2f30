# tokctl_driver(NAME HEADER header.h LIBRARY library): the database driver of db/NAME as a loadable module
# tokctl-NAME.so beside the program, and a Debian package of its own.
#
# It links its client library and nothing of the core, with which it shares no symbol but those of exceptions. The
# few sources that every driver needs are compiled into each: those that make names fit to be printed.
function(tokctl_driver name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER;LIBRARY" "")
  find_library(TOKCTL_${name}_LIBRARY NAMES ${arg_LIBRARY})
  find_path(TOKCTL_${name}_INCLUDE_DIR NAMES ${arg_HEADER} PATH_SUFFIXES postgresql mariadb)
  mark_as_advanced(TOKCTL_${name}_LIBRARY TOKCTL_${name}_INCLUDE_DIR)
  if(NOT TOKCTL_${name}_LIBRARY OR NOT TOKCTL_${name}_INCLUDE_DIR)
    message(FATAL_ERROR "the driver ${name} needs ${arg_HEADER} and lib${arg_LIBRARY}")
  endif()

  tokctl_folder(tokctl_db_${name} FOLDERS db/${name})
  target_sources(tokctl_db_${name} PRIVATE src/base/utf8.cpp src/base/fmt.cpp
    src/base/resolve.cpp)
  target_include_directories(tokctl_db_${name} SYSTEM PUBLIC ${TOKCTL_${name}_INCLUDE_DIR})

  add_library(tokctl_driver_${name} MODULE $<TARGET_OBJECTS:tokctl_db_${name}>)
  set_target_properties(tokctl_driver_${name} PROPERTIES PREFIX "" OUTPUT_NAME tokctl-${name}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
  target_link_libraries(tokctl_driver_${name} PRIVATE tokctl_flags ${TOKCTL_${name}_LIBRARY})
  if(NOT TOKCTL_SANITIZE)  # whose runtime is the program's
    target_link_options(tokctl_driver_${name} PRIVATE -Wl,-z,defs)
  endif()
  add_dependencies(tokctl_program tokctl_driver_${name})

  install(TARGETS tokctl_driver_${name}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/tokctl COMPONENT ${name})
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tokctl-${name} RENAME copyright
    COMPONENT ${name})
  set_property(GLOBAL APPEND PROPERTY TOKCTL_DRIVERS ${name})
endfunction()
