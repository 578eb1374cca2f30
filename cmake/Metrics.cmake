# tokctl_metrics(): what the daemon counts with, src/http/prometheus, as a loadable module tokctl-metrics.so beside the
# program. Like a database driver it links its library and nothing of the core.
function(tokctl_metrics)
  find_library(TOKCTL_PROMETHEUS_LIBRARY NAMES prometheus-cpp-core REQUIRED)
  find_path(TOKCTL_PROMETHEUS_INCLUDE_DIR NAMES prometheus/registry.h REQUIRED)
  mark_as_advanced(TOKCTL_PROMETHEUS_LIBRARY TOKCTL_PROMETHEUS_INCLUDE_DIR)
  tokctl_folder(tokctl_http_prometheus FOLDERS src/http/prometheus)
  target_include_directories(tokctl_http_prometheus SYSTEM PRIVATE ${TOKCTL_PROMETHEUS_INCLUDE_DIR})
  add_library(tokctl_metrics MODULE $<TARGET_OBJECTS:tokctl_http_prometheus>)
  set_target_properties(tokctl_metrics PROPERTIES PREFIX "" OUTPUT_NAME tokctl-metrics
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
  target_link_libraries(tokctl_metrics PRIVATE tokctl_flags ${TOKCTL_PROMETHEUS_LIBRARY})
  if(NOT TOKCTL_SANITIZE)  # whose runtime is the program's
    target_link_options(tokctl_metrics PRIVATE -Wl,-z,defs)
  endif()
  add_dependencies(tokctl_program tokctl_metrics)
  install(TARGETS tokctl_metrics LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/tokctl COMPONENT program)
endfunction()
