#include "oauth/curl.h"

#include "base/error.h"
#include "base/late_library.h"

namespace tokctl::oauth {
namespace {

Curl load() {
  const LateLibrary library({.file = "libcurl.so.4",
                             .name = "libcurl",
                             .package = "libcurl4",
                             .error = "oauth.no_curl",
                             .without = "no provider can be reached"});
  Curl curl{};
  library.find("curl_global_init", curl.global_init);
  library.find("curl_easy_init", curl.easy_init);
  library.find("curl_easy_setopt", curl.easy_setopt);
  library.find("curl_easy_perform", curl.easy_perform);
  library.find("curl_easy_getinfo", curl.easy_getinfo);
  library.find("curl_easy_reset", curl.easy_reset);
  library.find("curl_easy_cleanup", curl.easy_cleanup);
  library.find("curl_slist_append", curl.slist_append);
  library.find("curl_slist_free_all", curl.slist_free_all);
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
