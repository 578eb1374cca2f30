// An open tokctl with a provider that answers as a test says.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>

#include "oauth/form.h"
#include "support/loopback_server.h"
#include "unit/auth/fixture.h"

namespace tokctl::test {

struct OAuthFixture : Fixture {
  using Fields = std::map<std::string, std::string>;

  OAuthFixture()
      : server([this](const std::string& request) {
          const auto body = request.find("\r\n\r\n") + 4;
          return answer(request.substr(0, request.find(' ', 5)),
                        oauth::parse_form(request.substr(body)).value_or(Fields()));
        }) {
    add_provider("salla");
    // What a well-behaved provider does: each refresh token is good once.
    answer = [this](const std::string&, const Fields&) {
      const std::string n = std::to_string(++calls);
      return testing::http_answer(200, R"({"access_token":"access-)" + n +
                                           R"(","refresh_token":"refresh-)" + n +
                                           R"(","token_type":"bearer","expires_in":3600})");
    };
  }

  void add_provider(const std::string& name) {
    oauth::ProviderSettings settings;
    settings.client_id = "client";
    settings.client_secret = secret("client-secret");
    settings.auth_method = ClientAuth::kPost;
    settings.auth_url = server.url("/auth");
    settings.token_url = server.url("/token");
    settings.revoke_url = server.url("/revoke");
    settings.device_url = server.url("/device");
    t->oauth().providers().add(name, {}, settings);
  }
  // A grant whose access token `access-0` lives that long, with the refresh token `refresh-0`.
  OAuthGrant save(const GrantRef& ref, Seconds life, bool refreshable = true) {
    oauth::SavedResponse saved;
    saved.response.access_token = secret("access-0");
    if (refreshable) saved.response.refresh_token = secret("refresh-0");
    saved.response.expires_in = life;
    return grants().save(ref, GrantKind::kSaved, saved);
  }
  void answer_with(int status, const std::string& body, const std::string& headers = {}) {
    answer = [=, this](const std::string&, const Fields&) {
      ++calls;
      return testing::http_answer(status, body, "Content-Type: application/json\r\n" + headers);
    };
  }
  std::string token(const oauth::Fresh& fresh = {}) {
    return std::string(grants().get(kAlice, fresh).token.reveal());
  }
  Code code_of_get(const oauth::Fresh& fresh = {}) {
    try {
      token(fresh);
    } catch (const Error& error) {
      return error.code();
    }
    return Code::kInternal;
  }
  std::int64_t events(const std::string& type) {
    return static_cast<std::int64_t>(t->audit().list({.type = type, .page_token = {}}).rows.size());
  }
  oauth::Grants& grants() { return t->oauth().grants(); }
  OAuthGrant grant() { return grants().find(kAlice); }

  const GrantRef kAlice{.account = "alice", .provider = "salla"};
  std::atomic<int> calls = 0;
  std::function<std::string(const std::string& path, const Fields& form)> answer;
  testing::LoopbackServer server;
};

}  // namespace tokctl::test
