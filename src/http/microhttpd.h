// The few functions of libmicrohttpd that tokctl calls.
#pragma once

#include <microhttpd.h>

namespace tokctl::http {

struct Microhttpd {
  decltype(&MHD_start_daemon) start_daemon;
  decltype(&MHD_quiesce_daemon) quiesce_daemon;
  decltype(&MHD_stop_daemon) stop_daemon;
  decltype(&MHD_get_connection_values_n) get_connection_values_n;
  decltype(&MHD_get_connection_info) get_connection_info;
  decltype(&MHD_suspend_connection) suspend_connection;
  decltype(&MHD_resume_connection) resume_connection;
  decltype(&MHD_create_response_from_buffer) create_response_from_buffer;
  decltype(&MHD_add_response_header) add_response_header;
  decltype(&MHD_queue_response) queue_response;
  decltype(&MHD_destroy_response) destroy_response;
};

// Loaded at the first call and kept, for the reason that libcurl is (see oauth/curl.h): it brings
// GnuTLS and eight more libraries along, and of all commands only `serve` needs them. Throws
// Error(kUnavailable, "serve.no_microhttpd") when it is not installed.
const Microhttpd& microhttpd();

}  // namespace tokctl::http
