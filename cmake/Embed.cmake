# Text files become constexpr std::string_view in headers under <build>/generated/embedded.
#
#   tokctl_embed(tokctl_db schema.sql)
#     -> #include "embedded/schema_sql.h", tokctl::embedded::kSchemaSql
#   tokctl_embed(tokctl_cli completions/tokctl.bash NAME completion_bash)
#     -> #include "embedded/completion_bash.h", tokctl::embedded::kCompletionBash
#
# The header is written again when the file changes. A file that does not exist is passed over.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ "${INPUT}" text)
  file(WRITE "${OUTPUT}" "#pragma once\n\n#include <string_view>\n\nnamespace tokctl::embedded {\n\n"
    "inline constexpr std::string_view ${SYMBOL} = R\"embedded(${text})embedded\";\n\n"
    "}  // namespace tokctl::embedded\n")
  return()
endif()

set(TOKCTL_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(tokctl_embed target path)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "NAME" "")
  file(GLOB input CONFIGURE_DEPENDS ${path})
  if(NOT input)
    return()
  endif()
  if(NOT arg_NAME)
    cmake_path(GET path FILENAME arg_NAME)
    string(MAKE_C_IDENTIFIER ${arg_NAME} arg_NAME)
  endif()
  tokctl_embed_symbol(symbol ${arg_NAME})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/generated/embedded/${arg_NAME}.h)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -DSYMBOL=${symbol}
      -P ${TOKCTL_EMBED_SCRIPT}
    DEPENDS ${input} ${TOKCTL_EMBED_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()

# embedded/version.h with kVersion, from project(VERSION); only the file that prints it includes it.
function(tokctl_embed_version target)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/generated/embedded/version.h)
  file(CONFIGURE OUTPUT ${output} CONTENT "#pragma once

#include <string_view>

namespace tokctl::embedded {

inline constexpr std::string_view kVersion = \"@PROJECT_VERSION@\";

}  // namespace tokctl::embedded
" @ONLY)
  target_sources(${target} PRIVATE ${output})
endfunction()

# completion_bash -> kCompletionBash
function(tokctl_embed_symbol variable name)
  string(REPLACE "_" ";" words ${name})
  set(symbol k)
  foreach(word IN LISTS words)
    string(SUBSTRING ${word} 0 1 first)
    string(SUBSTRING ${word} 1 -1 rest)
    string(TOUPPER ${first} first)
    string(APPEND symbol ${first}${rest})
  endforeach()
  set(${variable} ${symbol} PARENT_SCOPE)
endfunction()
