# Run by `cmake --install`. In the tree a header says "base/error.h"; outside, that name could be anybody's,
# so an installed one says "tokctl/base/error.h".
foreach(header IN LISTS HEADERS)
  file(READ ${SOURCE_DIR}/${header} text)
  string(REGEX REPLACE "(#include \")([^\"]+\")" "\\1tokctl/\\2" text "${text}")
  string(REGEX REPLACE "^src/" "" header ${header})
  file(WRITE ${STAGE_DIR}/${header} "${text}")
  cmake_path(GET header PARENT_PATH folder)
  file(INSTALL ${STAGE_DIR}/${header}
    DESTINATION ${CMAKE_INSTALL_PREFIX}/${DESTINATION}/${folder})
endforeach()
