#include "model/session.h"

#include <catch2/catch.hpp>
#include <string>

#include "support/error.h"

namespace tokctl {
namespace {

TEST_CASE("session kinds and schemes have names, both ways") {
  for (const auto kind : {SessionKind::kWeb, SessionKind::kJwt}) {
    CHECK(session_kind_from(to_text(kind)) == kind);
  }
  for (const auto scheme : {WebScheme::kV1, WebScheme::kKit}) {
    CHECK(web_scheme_from(to_text(scheme)) == scheme);
  }
  CHECK(to_text(SessionKind::kJwt) == "jwt");
  CHECK(to_text(WebScheme::kKit) == "kit");
  CHECK_FALSE(session_kind_from("v1"));
  CHECK_FALSE(web_scheme_from("web"));
}

TEST_CASE("a session lives until its expiry, exclusively, or its revocation") {
  Session session;
  session.expires_at = from_unix(100);
  CHECK(session.live(from_unix(99)));
  CHECK_FALSE(session.live(from_unix(100)));
  session.expires_at.reset();
  CHECK(session.live(from_unix(1'000'000'000'000)));
  session.revoked_at = from_unix(200);  // whenever that was said to happen
  CHECK_FALSE(session.live(from_unix(0)));
}

TEST_CASE("a source is a short word") {
  for (const std::string& source : {std::string(), std::string("web"), std::string("ios-17.2_x"),
                                    std::string("az09"), std::string(40, 'a')}) {
    CHECK_NOTHROW(check_source(source));
  }
  for (const std::string& source :
       {std::string(41, 'a'), std::string("Web"), std::string("a b"), std::string("a/b"),
        std::string("`"), std::string("{"), std::string("a\n"), std::string("a\0", 2),
        std::string("\u00E9"), std::string("a:b")}) {
    CAPTURE(source);
    const Error error = testing::error_of([&] { check_source(source); });
    CHECK(error.code() == Code::kUsage);
    CHECK(error.id() == "session.source");
  }
}

}  // namespace
}  // namespace tokctl
