# Run by `cmake --install`. In the tree a header says "base/error.h"; outside, that name could be anybody's,
# so an installed one says "tokctl/base/error.h".
cmake_policy(VERSION 3.25)

set(done)
while(HEADERS)
  list(POP_FRONT HEADERS header)
  if(header IN_LIST done)
    continue()
  endif()
  list(APPEND done ${header})

  set(path ${SOURCE_DIR}/src/${header})
  if(NOT EXISTS ${path})
    set(path ${SOURCE_DIR}/${header})
  endif()
  file(READ ${path} text)
  string(REGEX MATCHALL "#include \"[^\"]+\"" includes "${text}")
  list(TRANSFORM includes REPLACE "#include \"([^\"]+)\"" "\\1")
  list(APPEND HEADERS ${includes})

  string(REGEX REPLACE "(#include \")([^\"]+\")" "\\1tokctl/\\2" text "${text}")
  file(WRITE ${STAGE_DIR}/${header} "${text}")
  cmake_path(GET header PARENT_PATH folder)
  file(INSTALL ${STAGE_DIR}/${header}
    DESTINATION ${CMAKE_INSTALL_PREFIX}/${DESTINATION}/${folder})
endwhile()
