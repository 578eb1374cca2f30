// HTTP as tokctl speaks it to somebody else's server: bounded in time and size, never led
// elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"

namespace tokctl::oauth {

struct HttpHeader {
  std::string name;
  SecretString value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // as check_endpoint takes it
  std::vector<HttpHeader> headers;
  SecretString body;
};

struct HttpResponse {
  int status = 0;
  std::string content_type;  // as it was sent, with its parameters; may be empty
  SecretString body;
  std::optional<Seconds> retry_after;  // from now, 1 s to a day
};

struct HttpLimits {
  std::chrono::milliseconds connect{5000};
  std::chrono::milliseconds total{15000};
  std::size_t body = std::size_t{64} << 10;  // bytes of an answer's body, and of its headers
};

// One request at a time, on a connection that is kept for the next. Follows no redirect: an answer
// of status 3xx is an answer. TLS of version 1.2 at least, with the certificate verified against
// the system's authorities or, if set, the file SSL_CERT_FILE names, as OpenSSL and curl do.
class HttpClient {
 public:
  explicit HttpClient(HttpLimits limits = {});
  HttpClient(HttpClient&& other) noexcept;
  HttpClient& operator=(HttpClient&&) = delete;
  ~HttpClient();

  // Throws Error(kRemote), which names the host and nothing else of the request:
  // "oauth.unreachable", "oauth.timeout", "oauth.tls", "oauth.too_large", "oauth.broken_off";
  // kUnavailable "oauth.no_curl"; kUsage "oauth.url" and, for a name or value that could end its
  // line, "oauth.header".
  HttpResponse send(const HttpRequest& request);

 private:
  const HttpLimits limits_;
  void* handle_ = nullptr;
};

}  // namespace tokctl::oauth
