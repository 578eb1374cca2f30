# How everything here is compiled; carried by the interface target tokctl_flags.
add_library(tokctl_flags INTERFACE)
target_compile_options(tokctl_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wno-missing-field-initializers  # designated initializers leave the rest at its default on purpose
  # g++ 12 sees overlapping copies in plain string concatenation (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${TOKCTL_WERROR}>:-Werror>)

include(CheckPIESupported)
check_pie_supported()

if(TOKCTL_SANITIZE)
  target_compile_options(tokctl_flags INTERFACE
    -fsanitize=${TOKCTL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tokctl_flags INTERFACE -fsanitize=${TOKCTL_SANITIZE})
  if(TOKCTL_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Optimized, with checks in between: there g++ 12 sees uses that are not there.
    target_compile_options(tokctl_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_compile_definitions(tokctl_flags INTERFACE _GLIBCXX_ASSERTIONS)
else()
  # _FORTIFY_SOURCE wraps the same libc functions as a sanitizer does, and takes an optimizing compiler.
  target_compile_options(tokctl_flags INTERFACE -fstack-protector-strong)
  target_compile_definitions(tokctl_flags INTERFACE
    _GLIBCXX_ASSERTIONS $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
  target_link_options(tokctl_flags INTERFACE -Wl,-z,relro,-z,now)
endif()

# Links a program with the archive of libstdc++: resolving the symbols of the shared one takes a tenth of the time
# of a short command. A database driver brings the shared one along. Exceptions cross between the two, which
# compare types by name; the count of exceptions on their way is kept once because the program exports it.
function(tokctl_static_runtime target)
  if(NOT TOKCTL_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++
      -Wl,--export-dynamic-symbol=__cxa_get_globals,--export-dynamic-symbol=__cxa_get_globals_fast)
  endif()
endfunction()
