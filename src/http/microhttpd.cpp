#include "http/microhttpd.h"

#include <dlfcn.h>

#include "base/error.h"

namespace tokctl::http {
namespace {

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) {
    throw Error(Code::kUnavailable, "serve.no_microhttpd", "libmicrohttpd is not as it should be",
                "install the package libmicrohttpd12 again");
  }
}

Microhttpd load() {
  // Never closed: it has threads.
  void* library = dlopen("libmicrohttpd.so.12", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error(Code::kUnavailable, "serve.no_microhttpd",
                "libmicrohttpd is missing, and nothing can be served without it",
                "install the package libmicrohttpd12");
  }
  Microhttpd mhd{};
  find(library, "MHD_start_daemon", mhd.start_daemon);
  find(library, "MHD_quiesce_daemon", mhd.quiesce_daemon);
  find(library, "MHD_stop_daemon", mhd.stop_daemon);
  find(library, "MHD_get_connection_values_n", mhd.get_connection_values_n);
  find(library, "MHD_get_connection_info", mhd.get_connection_info);
  find(library, "MHD_suspend_connection", mhd.suspend_connection);
  find(library, "MHD_resume_connection", mhd.resume_connection);
  find(library, "MHD_create_response_from_buffer", mhd.create_response_from_buffer);
  find(library, "MHD_add_response_header", mhd.add_response_header);
  find(library, "MHD_queue_response", mhd.queue_response);
  find(library, "MHD_destroy_response", mhd.destroy_response);
  return mhd;
}

}  // namespace

const Microhttpd& microhttpd() {
  static const Microhttpd kMicrohttpd = load();  // a failure is tried again by the next call
  return kMicrohttpd;
}

}  // namespace tokctl::http
