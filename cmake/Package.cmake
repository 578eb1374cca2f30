# Debian packages out of `cpack -G DEB`: the program, the library to build against, and each database driver.
set(CPACK_PACKAGE_VENDOR "tokctl")
set(CPACK_PACKAGE_CONTACT "The tokctl authors <tokctl@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
get_property(drivers GLOBAL PROPERTY TOKCTL_DRIVERS)
set(CPACK_COMPONENTS_ALL program library ${drivers})

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME tokctl)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
# Loaded when `tokctl oauth` or `tokctl serve` needs them, so that nothing else finds out.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "libcurl4, libmicrohttpd12")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
  "Users, sessions and tokens in a SQL database: one program and one SQLite file
on a laptop, the same commands on a database server for a fleet.")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libtokctl-dev)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS
  "libsodium-dev, libsqlite3-dev, libssl-dev, libcrypt-dev, zlib1g-dev, libhiredis-dev")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION
  "Headers, archive, CMake package and pkg-config file for programs that issue
or validate tokctl's credentials themselves.")

foreach(driver IN LISTS drivers)
  string(TOUPPER ${driver} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME tokctl-${driver})
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION admin)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "tokctl (= ${PROJECT_VERSION})")
  set(CPACK_DEBIAN_${upper}_PACKAGE_RECOMMENDS ca-certificates)  # to verify a server on another host
  set(CPACK_COMPONENT_${upper}_DESCRIPTION
    "What tokctl needs to keep its data in a ${driver} database.")
endforeach()

include(CPack)
