// HTTP in the name of a grant.
#pragma once

#include <utility>

#include "model/oauth.h"
#include "oauth/grants.h"
#include "oauth/http.h"

namespace tokctl::oauth {

// Sends requests with a fresh access token. For one thread at a time; make one for each.
class GrantClient {
 public:
  static constexpr HttpLimits kLimits{.connect = std::chrono::seconds(5),
                                      .total = std::chrono::seconds(60),
                                      .body = std::size_t{16} << 20};

  GrantClient(Grants& grants, GrantRef ref, HttpLimits limits = kLimits)
      : grants_(grants), ref_(std::move(ref)), http_(limits) {}

  // Adds `Authorization: Bearer …`. When the server answers 401, the token is refreshed, unless
  // somebody else has done so already, and the request sent once more; what it answers then, it
  // answers. Throws what Grants::get and HttpClient::send throw.
  HttpResponse send(HttpRequest request);

 private:
  Grants& grants_;
  const GrantRef ref_;
  HttpClient http_;
};

}  // namespace tokctl::oauth
