#include "http/microhttpd.h"

#include "base/late_library.h"

namespace tokctl::http {
namespace {

Microhttpd load() {
  const LateLibrary library({.file = "libmicrohttpd.so.12",
                             .name = "libmicrohttpd",
                             .package = "libmicrohttpd12",
                             .error = "serve.no_microhttpd",
                             .without = "nothing can be served"});
  Microhttpd mhd{};
  library.find("MHD_start_daemon", mhd.start_daemon);
  library.find("MHD_quiesce_daemon", mhd.quiesce_daemon);
  library.find("MHD_stop_daemon", mhd.stop_daemon);
  library.find("MHD_get_connection_values_n", mhd.get_connection_values_n);
  library.find("MHD_get_connection_info", mhd.get_connection_info);
  library.find("MHD_suspend_connection", mhd.suspend_connection);
  library.find("MHD_resume_connection", mhd.resume_connection);
  library.find("MHD_create_response_from_buffer", mhd.create_response_from_buffer);
  library.find("MHD_add_response_header", mhd.add_response_header);
  library.find("MHD_queue_response", mhd.queue_response);
  library.find("MHD_destroy_response", mhd.destroy_response);
  return mhd;
}

}  // namespace

const Microhttpd& microhttpd() {
  static const Microhttpd kMicrohttpd = load();  // a failure is tried again by the next call
  return kMicrohttpd;
}

}  // namespace tokctl::http
