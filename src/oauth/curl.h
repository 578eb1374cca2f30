// The few functions of libcurl that tokctl calls.
#pragma once

#include <curl/curl.h>

namespace tokctl::oauth {

struct Curl {
  decltype(&curl_global_init) global_init;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_perform) easy_perform;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_reset) easy_reset;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;
};

// Loaded at the first call and kept: linked, it would bring 28 libraries to the start of every
// command, three times what the validation of a token takes, and one command of sixty needs it. Not
// a module of tokctl's own as a database driver is, since there is nothing to put into one: nine
// functions of a C library whose ABI is stable. Throws Error(kUnavailable, "oauth.no_curl") when it
// is not installed.
const Curl& curl();

}  // namespace tokctl::oauth
