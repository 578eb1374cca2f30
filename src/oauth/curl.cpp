#include "oauth/curl.h"

#include <dlfcn.h>

#include "base/error.h"

namespace tokctl::oauth {
namespace {

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) {
    throw Error(Code::kUnavailable, "oauth.no_curl", "libcurl is not as it should be",
                "install the package libcurl4 again");
  }
}

Curl load() {
  // Local, so that its OpenSSL and the one inside this program do not meet. Never closed: it may
  // have threads.
  void* library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error(Code::kUnavailable, "oauth.no_curl",
                "libcurl is missing, and no provider can be reached without it",
                "install the package libcurl4");
  }
  Curl curl{};
  find(library, "curl_global_init", curl.global_init);
  find(library, "curl_easy_init", curl.easy_init);
  find(library, "curl_easy_setopt", curl.easy_setopt);
  find(library, "curl_easy_perform", curl.easy_perform);
  find(library, "curl_easy_getinfo", curl.easy_getinfo);
  find(library, "curl_easy_reset", curl.easy_reset);
  find(library, "curl_easy_cleanup", curl.easy_cleanup);
  find(library, "curl_slist_append", curl.slist_append);
  find(library, "curl_slist_free_all", curl.slist_free_all);
  if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    throw Error(Code::kUnavailable, "oauth.no_curl", "libcurl does not start");
  }
  return curl;
}

}  // namespace

const Curl& curl() {
  static const Curl kCurl = load();  // a failure is tried again by the next call
  return kCurl;
}

}  // namespace tokctl::oauth
