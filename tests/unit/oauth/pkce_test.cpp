#include "oauth/pkce.h"

#include <catch2/catch.hpp>

#include "support/random.h"

namespace tokctl::oauth {
namespace {

TEST_CASE("oauth pkce: RFC 7636 appendix B") {
  CHECK(challenge_of(SecretString("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")) ==
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_CASE("oauth pkce: a verifier is 43 characters of 256 random bits") {
  testing::CountingRandom random;
  const SecretString first = make_verifier(random);
  CHECK(first.reveal() == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  CHECK(make_verifier(random).reveal() != first.reveal());
}

}  // namespace
}  // namespace tokctl::oauth
