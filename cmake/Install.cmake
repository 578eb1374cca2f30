# What an installation holds. Folders and names follow the GNU conventions, so that man, the shells and
# pkg-config find their files without being told.

# What a program outside includes, by the names it has in the tree. These are installed with every header
# that they include in their turn, and nothing else is.
set(TOKCTL_PUBLIC_HEADERS
  tokctl.h
  db/connection.h)

install(TARGETS tokctl_program DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)

install(TARGETS tokctl EXPORT tokctl-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)

install(CODE "
  set(SOURCE_DIR \"${CMAKE_CURRENT_SOURCE_DIR}\")
  set(STAGE_DIR \"${CMAKE_CURRENT_BINARY_DIR}/public_headers\")
  set(HEADERS \"${TOKCTL_PUBLIC_HEADERS}\")
  set(DESTINATION \"${CMAKE_INSTALL_INCLUDEDIR}/tokctl\")
  include(\"${CMAKE_CURRENT_SOURCE_DIR}/cmake/InstallHeaders.cmake\")" COMPONENT library)

include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tokctl)
configure_package_config_file(cmake/tokctl-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/tokctl-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/tokctl-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tokctl-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/tokctl-config-version.cmake cmake/tokctl-dependencies.cmake
  DESTINATION ${package_dir} COMPONENT library)
install(EXPORT tokctl-targets NAMESPACE tokctl:: DESTINATION ${package_dir} COMPONENT library)

# From the folder of tokctl.pc to the prefix, so that the file is right wherever the tree is installed.
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/tokctl.pc.in tokctl.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tokctl.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tokctl RENAME copyright
  COMPONENT program)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libtokctl-dev RENAME copyright
  COMPONENT library)

file(GLOB man_pages CONFIGURE_DEPENDS man/*.[1-8])
foreach(page IN LISTS man_pages)
  cmake_path(GET page EXTENSION LAST_ONLY section)
  string(SUBSTRING ${section} 1 1 section)
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT program)
endforeach()

set(TOKCTL_ZSH_DIR zsh/site-functions CACHE STRING
  "Where zsh looks for completions, under share/: Debian's packages have a folder of their own")

function(tokctl_install_completion file folder name)
  file(GLOB found CONFIGURE_DEPENDS ${file})
  if(found)
    install(FILES ${found} DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder} RENAME ${name}
      COMPONENT program)
  endif()
endfunction()
tokctl_install_completion(completions/tokctl.bash bash-completion/completions tokctl)
tokctl_install_completion(completions/tokctl.zsh ${TOKCTL_ZSH_DIR} _tokctl)
tokctl_install_completion(completions/tokctl.fish fish/vendor_completions.d tokctl.fish)

# Units of systemd, and the user that they run as.
foreach(unit tokctl.service tokctl-gc.service)
  configure_file(systemd/${unit}.in ${CMAKE_CURRENT_BINARY_DIR}/systemd/${unit} @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/systemd/${unit} DESTINATION lib/systemd/system
    COMPONENT program)
endforeach()
install(FILES systemd/tokctl.socket systemd/tokctl-gc.timer DESTINATION lib/systemd/system
  COMPONENT program)
install(FILES systemd/tokctl.sysusers DESTINATION lib/sysusers.d RENAME tokctl.conf
  COMPONENT program)
