# The libraries under libtokctl.a, as imported targets tokctl_deps::*. Used by the build and, installed
# beside the package file, by find_package(tokctl).
#
# An archive is preferred to a shared library: each shared library costs the program start-up time, and
# one validation of a token from a shell is mostly start-up.
function(tokctl_dependency name header)
  if(TARGET tokctl_deps::${name})
    return()
  endif()
  set(names)
  foreach(library IN LISTS ARGN)
    if(NOT TOKCTL_SANITIZE)  # its interceptors find what they wrap, crypt_r, in a shared library only
      list(APPEND names lib${library}.a)
    endif()
    list(APPEND names ${library})
  endforeach()
  find_library(TOKCTL_${name}_LIBRARY NAMES ${names} NAMES_PER_DIR)
  find_path(TOKCTL_${name}_INCLUDE_DIR NAMES ${header})
  mark_as_advanced(TOKCTL_${name}_LIBRARY TOKCTL_${name}_INCLUDE_DIR)
  if(NOT TOKCTL_${name}_LIBRARY OR NOT TOKCTL_${name}_INCLUDE_DIR)
    message(FATAL_ERROR "tokctl needs ${name}: no ${header} or no lib${ARGV2} found")
  endif()
  add_library(tokctl_deps::${name} UNKNOWN IMPORTED)
  set_target_properties(tokctl_deps::${name} PROPERTIES
    IMPORTED_LOCATION "${TOKCTL_${name}_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${TOKCTL_${name}_INCLUDE_DIR}")
endfunction()

find_package(Threads REQUIRED)

tokctl_dependency(sodium sodium.h sodium)
tokctl_dependency(sqlite sqlite3.h sqlite3)
tokctl_dependency(openssl openssl/evp.h crypto)
tokctl_dependency(crypt crypt.h crypt)
tokctl_dependency(zlib zlib.h z)
tokctl_dependency(hiredis hiredis/hiredis.h hiredis)

# What the archives themselves need.
set_property(TARGET tokctl_deps::sqlite PROPERTY
  INTERFACE_LINK_LIBRARIES m ${CMAKE_DL_LIBS} Threads::Threads)
set_property(TARGET tokctl_deps::openssl PROPERTY
  INTERFACE_LINK_LIBRARIES ${CMAKE_DL_LIBS} Threads::Threads)
set_property(TARGET tokctl_deps::sodium PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads)

set(TOKCTL_DEPENDENCIES tokctl_deps::sodium tokctl_deps::sqlite tokctl_deps::openssl
  tokctl_deps::crypt tokctl_deps::zlib tokctl_deps::hiredis)
