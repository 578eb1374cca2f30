#include "auth/jwt_tokens.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "auth/jws.h"
#include "crypto/jwk.h"
#include "model/jwt.h"
#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

using crypto::JwsAlgorithm;
using std::chrono::hours;
using std::chrono::minutes;

constexpr JwsAlgorithm kAll[] = {JwsAlgorithm::kHs256, JwsAlgorithm::kHs384, JwsAlgorithm::kHs512,
                                 JwsAlgorithm::kRs256, JwsAlgorithm::kRs384, JwsAlgorithm::kRs512,
                                 JwsAlgorithm::kEs256, JwsAlgorithm::kEdDsa};

struct JwtFixture : Fixture {
  User bill = user();

  auth::IssuedJwt issue_jwt(const auth::IssueJwt& request = {}) {
    return t->tokens().issue_jwt(by_id(bill), request);
  }
  std::string refusal(std::string_view text, const auth::Required& required = {}) {
    const Verdict verdict = t->tokens().validate(text, required);
    const auto* refused = std::get_if<Refusal>(&verdict);
    return refused ? std::string(to_text(*refused)) : "accepted";
  }
  std::string refusal(const SecretString& token) { return refusal(token.reveal()); }

  // What somebody who holds a key may sign: a key that this database knows, taken in from outside.
  auth::JwsKey imported_key() {
    auto key = crypto::Jwk::generate(JwsAlgorithm::kEs256, random);
    t->jwks().import(key.private_json(), {}, true);
    return auth::JwsKey(std::move(key));
  }
};

nlohmann::json claims_of(const SecretString& token) {
  const auto parts = split_jwt(token.reveal());
  const auto bytes = base64url_decode(parts->payload);
  return nlohmann::json::parse(*bytes);
}

}  // namespace

TEST_CASE_METHOD(JwtFixture, "jwt: every algorithm issues what validates, and says who it is") {
  for (const JwsAlgorithm algorithm : kAll) {
    CAPTURE(crypto::to_text(algorithm));
    const auto key =
        t->jwks().import(crypto::Jwk::generate(algorithm, random).private_json(), {}, false);
    CHECK(key.state == JwkState::kSigning);
    auth::IssueJwt request{.source = "web"};
    request.terms = {.audience = {"api"},
                     .roles = std::vector<std::string>{"admin"},
                     .claims = {{"tenant", "t-1"}},
                     .algorithm = algorithm};
    const auto issued = issue_jwt(request);
    const Verdict verdict = judge(issued.token);
    const Principal* who = valid(verdict);
    REQUIRE(who != nullptr);
    CHECK(who->type == TokenType::kJwt);
    CHECK(who->id == issued.info.id);
    CHECK(who->session_id == issued.info.session_id);
    CHECK(who->public_id == bill.public_id);
    CHECK(who->email == bill.email);
    CHECK(who->full_name == bill.full_name);
    CHECK(who->source == "web");
    CHECK(who->roles == std::vector<std::string>{"admin"});
    CHECK(who->audience == std::vector<std::string>{"api"});
    CHECK(who->claims.front().second == "t-1");
    CHECK(who->issued_at == clock.now());
    CHECK(who->expires_at == clock.now() + hours(1));
    const auto claims = claims_of(issued.token);
    CHECK(claims.at("jti") == issued.info.id);
    CHECK(claims.at("iss") == "tokctl");
    CHECK(claims.at("nbf") == to_unix(clock.now()));
    CHECK(claims.at("username") == bill.email);
    t->jwks().retire(key.kid);
    CHECK(refusal(issued.token) == "unknown_key");
  }
}

TEST_CASE_METHOD(JwtFixture, "jwt: the user's roles, unless others are given") {
  t->jwks().create(JwsAlgorithm::kEdDsa);
  t->users().update(by_id(bill), {.add_roles = {"ops", "dev"}});
  CHECK(valid(judge(issue_jwt().token))->roles == std::vector<std::string>{"ops", "dev"});
  auth::IssueJwt request;
  request.terms.roles = std::vector<std::string>{"auditor"};
  CHECK(valid(judge(issue_jwt(request).token))->roles == std::vector<std::string>{"auditor"});
}

TEST_CASE_METHOD(JwtFixture, "jwt: keys are unsealed before anybody asks, but for retired ones") {
  CHECK(t->tokens().load_keys() == 0);
  const auto old = t->jwks().create(JwsAlgorithm::kEdDsa);
  t->jwks().create(JwsAlgorithm::kEs256);
  t->jwks().rotate(old.kid, {});
  CHECK(t->tokens().load_keys() == 3);
  t->jwks().retire(old.kid);
  CHECK(t->tokens().load_keys() == 2);
}

TEST_CASE_METHOD(JwtFixture,
                 "jwt: of keys that are damaged somebody is told, if not who uses others") {
  const auto damaged = t->jwks().create(JwsAlgorithm::kEdDsa);
  t->jwks().create(JwsAlgorithm::kEs256);
  auth::IssueJwt request;
  request.terms.algorithm = JwsAlgorithm::kEs256;
  const auto issued = issue_jwt(request);
  raw().run("UPDATE jwks SET jwk = 'x' WHERE kid = '" + damaged.kid + "'");
  reopen();
  CHECK(error_of([&] { t->tokens().load_keys(); }) == "seal.broken");
  CHECK(accepts(issued.token));
}

TEST_CASE_METHOD(JwtFixture, "jwt: without a key none is issued, and no session is left behind") {
  CHECK(error_of([&] { issue_jwt(); }) == "jwk.none");
  CHECK_THROWS_WITH(issue_jwt(), "no key signs JWTs");
  CHECK(t->sessions().list({}).rows.empty());
  t->jwks().create(JwsAlgorithm::kEs256);
  auth::IssueJwt request;
  request.terms.algorithm = JwsAlgorithm::kRs256;
  CHECK(error_of([&] { issue_jwt(request); }) == "jwk.none");
  CHECK_THROWS_WITH(issue_jwt(request), "no key signs JWTs with RS256");
}

TEST_CASE_METHOD(JwtFixture, "jwt: a good signature is not enough: the session must live") {
  t->jwks().create(JwsAlgorithm::kEdDsa);
  const auto issued = issue_jwt();
  CHECK(accepts(issued.token));
  SECTION("revoked by its id") {
    t->sessions().revoke(issued.info.id);
    CHECK(refusal(issued.token) == "revoked");
  }
  SECTION("revoked by itself") {
    const auto revoked = t->tokens().revoke(issued.token.reveal());
    CHECK(revoked.type == TokenType::kJwt);
    CHECK(revoked.changed);
    CHECK(refusal(issued.token) == "revoked");
    CHECK_FALSE(t->tokens().revoke(issued.token.reveal()).changed);
  }
  SECTION("replaced by another login") {
    issue_jwt({.single = true});
    CHECK(refusal(issued.token) == "revoked");
  }
  SECTION("a password is set") {
    t->users().set_password(by_id(bill), secret("a new password"));
    CHECK(refusal(issued.token) == "revoked");
  }
  SECTION("the user is disabled, and enabled again") {
    t->users().disable(by_id(bill));
    CHECK(refusal(issued.token) == "user_disabled");
    t->users().enable(by_id(bill));
    CHECK(accepts(issued.token));
  }
  SECTION("the user is deleted") {
    t->users().remove(by_id(bill));
    CHECK(refusal(issued.token) == "user_deleted");
  }
  SECTION("the time is over, by more than clocks may differ") {
    clock.advance(hours(1) + Seconds(59));
    CHECK(accepts(issued.token));
    clock.advance(Seconds(1));
    CHECK(refusal(issued.token) == "expired");
  }
}

TEST_CASE_METHOD(JwtFixture, "jwt: single sign-on ends what the policy says, and no more") {
  t->jwks().create(JwsAlgorithm::kEdDsa);
  const auto web = issue_jwt({.source = "web"});
  const auto phone = issue_jwt({.source = "phone"});
  const auto session = issue(bill);
  CHECK(accepts(web.token));  // a login on the phone leaves the browser alone
  const auto again = issue_jwt({.source = "phone", .single = true});
  CHECK(again.sessions_revoked == 1);
  CHECK(accepts(web.token));
  CHECK(refusal(phone.token) == "revoked");
  CHECK(accepts(again.token));
  CHECK(accepts(session.token));  // another kind

  Config strict = config();
  strict.policy.sso = SingleSignOn::kUser;
  auto other = open(strict, clock, random);
  const auto last = other.tokens().issue_jwt(by_id(bill), {.source = "tv"});
  CHECK(last.sessions_revoked == 2);
  CHECK(refusal(web.token) == "revoked");
  CHECK(accepts(last.token));
}

TEST_CASE_METHOD(JwtFixture, "jwt: times, names and issuers that do not fit are refused") {
  t->jwks().create(JwsAlgorithm::kEdDsa);
  const auto issued = issue_jwt();
  const auth::JwsKey key = imported_key();
  const auto good = claims_of(issued.token);
  const std::int64_t now = to_unix(clock.now());
  const auto with = [&](const char* name, const nlohmann::json& value) {
    auto claims = good;
    claims[name] = value;
    return refusal(auth::sign_jws(key, claims.dump()));
  };
  CHECK(refusal(auth::sign_jws(key, good.dump())) == "accepted");
  CHECK(with("iss", "somebody") == "issuer");
  CHECK(with("iss", "") == "malformed");
  CHECK(with("exp", now - 60) == "expired");
  CHECK(with("exp", now - 59) == "not_yet");  // it ends before it begins
  CHECK(with("exp", now) == "accepted");      // or as it does
  for (const auto& exp : {nlohmann::json("1"), nlohmann::json(nullptr), nlohmann::json(-1),
                          nlohmann::json(9223372036854775808ULL), nlohmann::json(1.5)})
    CHECK(with("exp", exp) == "malformed");
  CHECK(with("nbf", now + 60) == "accepted");
  CHECK(with("nbf", now + 61) == "not_yet");
  CHECK(with("nbf", now + 7200) == "not_yet");
  CHECK(with("iat", now + 61) == "not_yet");
  CHECK(with("sub", user("eve@example.com").public_id) == "unknown_session");
  CHECK(with("sub", "nobody") == "malformed");
  CHECK(with("jti", "3f2504e0-4f89-41d3-9a0c-0305e82c3301") == "unknown_session");
  CHECK(with("jti", issue(bill).session.session_id) == "unknown_session");  // a web session's
  auto missing = good;
  missing.erase("exp");
  CHECK(refusal(auth::sign_jws(key, missing.dump())) == "malformed");
  CHECK(refusal(auth::sign_jws(key, "[]")) == "malformed");
}

TEST_CASE_METHOD(JwtFixture, "jwt: it ends its own session, and none of another kind") {
  t->jwks().create(JwsAlgorithm::kEdDsa);
  const auto web = issue(bill);
  const auto issued = issue_jwt();
  auto claims = claims_of(issued.token);
  claims["jti"] = web.session.session_id;
  const auto forged = auth::sign_jws(imported_key(), claims.dump());
  CHECK(error_of([&] { t->tokens().revoke(forged.reveal()); }) == "token.invalid");
  CHECK(t->tokens().list({.type = TokenType::kJwt}).rows.size() == 1);
  CHECK(t->tokens().revoke_all({.user = by_id(bill), .type = TokenType::kJwt}).sessions == 1);
  CHECK(accepts(web.token));
  CHECK(refusal(issued.token) == "revoked");
  raw().run("DELETE FROM sessions WHERE kind = 'jwt'");
  CHECK(error_of([&] { t->tokens().revoke(issued.token.reveal()); }) == "token.invalid");
}

TEST_CASE_METHOD(JwtFixture, "jwt: what is asked for beyond being valid") {
  t->jwks().create(JwsAlgorithm::kEdDsa);
  auth::IssueJwt request;
  request.terms.audience = {"api", "web"};
  request.terms.roles = std::vector<std::string>{"admin"};
  const auto issued = issue_jwt(request);
  const auto text = issued.token.reveal();
  CHECK(refusal(text, {.audience = "web"}) == "accepted");
  CHECK(refusal(text, {.audience = "we"}) == "audience");
  CHECK(refusal(text, {.roles = {"admin"}}) == "accepted");
  CHECK(refusal(text, {.roles = {"admin", "root"}}) == "missing_role");
  CHECK(refusal(issue_jwt().token.reveal(), {.audience = "web"}) == "audience");
}

TEST_CASE_METHOD(JwtFixture, "jwt: a header takes Bearer and a JWT, and no refresh token") {
  t->jwks().create(JwsAlgorithm::kEdDsa);
  const auto issued = issue_jwt({.with_refresh = true});
  auth::Tokens& tokens = t->tokens();
  const std::string jwt(issued.token.reveal());
  CHECK(valid(tokens.validate_header("Authorization: Bearer " + jwt)));
  CHECK_FALSE(valid(tokens.validate_header("Basic " + jwt)));
  CHECK_FALSE(valid(tokens.validate_header("Bearer  " + jwt)));
  CHECK_FALSE(valid(tokens.validate_header("Bearer " + std::string(issued.refresh.reveal()))));
}

TEST_CASE_METHOD(
    JwtFixture, "jwk: one of a type signs, and a rotated one verifies until the last has expired") {
  const auto first = t->jwks().create(JwsAlgorithm::kEdDsa);
  CHECK(error_of([&] { t->jwks().create(JwsAlgorithm::kEdDsa); }) == "jwk.signs");
  t->jwks().create(JwsAlgorithm::kRs256);
  CHECK(error_of([&] { t->jwks().create(JwsAlgorithm::kRs512); }) == "jwk.signs");
  CHECK(error_of([&] { t->jwks().rotate("", {}); }) == "jwk.which");
  const auto old = issue_jwt();
  const auto rotated = t->jwks().rotate(first.kid, {});
  CHECK(rotated.replaced.kid == first.kid);
  CHECK(rotated.replaced.state == JwkState::kVerifying);
  CHECK(error_of([&] { t->jwks().rotate(first.kid, {}); }) == "jwk.rotated");
  CHECK(error_of([&] { t->jwks().rotate("nobody", {}); }) == "jwk.not_found");
  CHECK(error_of([&] { t->jwks().rotate(rotated.created.kid, JwsAlgorithm::kEs256); }) ==
        "jwk.type");
  const auto fresh = issue_jwt();
  CHECK(accepts(old.token));
  CHECK(accepts(fresh.token));
  CHECK(auth::kid_of(split_jwt(fresh.token.reveal())->header) == rotated.created.kid);

  CHECK(t->database().collect({}).jwks == 0);
  clock.advance(hours(1));
  CHECK(t->database().collect({}).jwks == 0);
  clock.advance(hours(2));
  CHECK(t->database().collect({}).jwks == 1);
  CHECK(t->jwks().list(false).size() == 2);
  CHECK(t->jwks().list(true).size() == 3);
  CHECK(t->audit().verify().checked > 0);
}

TEST_CASE_METHOD(JwtFixture, "jwk: a rotated key stays as long as its longest token") {
  const auto first = t->jwks().create(JwsAlgorithm::kEdDsa);
  auth::IssueJwt request;
  request.terms.ttl = hours(48);
  const auto lasting = issue_jwt(request);
  const auto until = raw().one("SELECT tokens_until FROM jwks");
  clock.advance(minutes(1));
  issue_jwt(request);  // within the hour that it was moved on by
  issue_jwt();         // shorter ones take nothing back
  CHECK(raw().one("SELECT tokens_until FROM jwks") == until);
  t->jwks().rotate(first.kid, {});
  clock.advance(hours(47));
  CHECK(t->database().collect({}).jwks == 0);
  CHECK(accepts(lasting.token));
  clock.advance(minutes(59) + Seconds(59));
  CHECK(t->database().collect({}).jwks == 0);
  CHECK(accepts(lasting.token));
  clock.advance(hours(2));
  CHECK(t->database().collect({}).jwks == 1);
}

TEST_CASE_METHOD(JwtFixture, "jwk: a row that changed is read again, whatever was known of it") {
  const auto key = t->jwks().create(JwsAlgorithm::kEdDsa);
  const auto issued = issue_jwt();
  CHECK(accepts(issued.token));
  SECTION("to something else") {
    raw().run("UPDATE jwks SET jwk = 'x'");
    CHECK(error_of([&] { judge(issued.token); }) == "seal.broken");
  }
  SECTION("to a retired one, whose key was left behind") {
    raw().run("UPDATE jwks SET signs = NULL, retired_at = 1");
    CHECK(refusal(issued.token) == "unknown_key");
  }
}

TEST_CASE_METHOD(JwtFixture, "jwk: the set that is exported verifies, and holds no secret") {
  t->jwks().create(JwsAlgorithm::kEdDsa);
  t->jwks().create(JwsAlgorithm::kHs256);
  const auto issued = issue_jwt();
  const std::string set = t->jwks().export_set();
  const auth::KeySet keys(set, random);
  const Time now = clock.now();
  CHECK(valid(auth::judge_jwt_offline(keys, issued.token.reveal(), "tokctl", now, nullptr)));
  t->sessions().revoke(issued.info.id);  // which nobody can see without the database
  CHECK(valid(auth::judge_jwt_offline(keys, issued.token.reveal(), "tokctl", now, nullptr)));
  CHECK_FALSE(valid(auth::judge_jwt_offline(keys, issued.token.reveal(), "else", now, nullptr)));
  CHECK_FALSE(valid(
      auth::judge_jwt_offline(keys, issued.token.reveal(), "tokctl", now + hours(2), nullptr)));
  const auto json = nlohmann::json::parse(set);
  REQUIRE(json.at("keys").size() == 1);
  CHECK_FALSE(json.at("keys")[0].contains("d"));
  CHECK_FALSE(json.at("keys")[0].contains("k"));
}

TEST_CASE_METHOD(JwtFixture, "jwk: a writer of the database cannot slip in a key, nor move one") {
  const auto first = t->jwks().create(JwsAlgorithm::kEdDsa);
  const auto other = t->jwks().create(JwsAlgorithm::kEs256);
  const auto issued = issue_jwt();
  RawSqlite database = raw();
  const std::string sealed = database.one("SELECT jwk FROM jwks WHERE kid = '" + first.kid + "'");
  CHECK(sealed.find("OKP") == std::string::npos);
  SECTION("a key of his own, in clear") {
    const crypto::Jwk own = crypto::Jwk::generate(JwsAlgorithm::kEdDsa, random);
    database.run("UPDATE jwks SET jwk = '" + std::string(own.private_json().reveal()) +
                 "' WHERE kid = '" + first.kid + "'");
    reopen();
    CHECK(error_of([&] { judge(issued.token); }) == "seal.broken");
  }
  SECTION("a sealed one under another name") {
    database.run("UPDATE jwks SET jwk = '" + sealed + "' WHERE kid = '" + other.kid + "'");
    reopen();
    CHECK_FALSE(t->database().check().empty());
  }
  SECTION("another algorithm beside it") {
    database.run("UPDATE jwks SET algorithm = 'HS256' WHERE kid = '" + first.kid + "'");
    reopen();
    CHECK(error_of([&] { judge(issued.token); }) == "jwk.damaged");
  }
}

TEST_CASE_METHOD(JwtFixture, "jwt: what may not be said is not issued") {
  t->jwks().create(JwsAlgorithm::kEdDsa);
  const auto refused = [&](auth::JwtTerms terms) {
    auth::IssueJwt request;
    request.terms = std::move(terms);
    return error_of([&] { issue_jwt(request); });
  };
  CHECK(refused({.claims = {{"sub", "eve"}}}) == "token.claim");
  CHECK(refused({.claims = {{"a", "1"}, {"a", "2"}}}) == "token.claim");
  CHECK(refused({.claims = {{"a", ""}}}) == "token.claim");
  CHECK(refused({.audience = {"a", "a"}}) == "token.audience");
  CHECK(refused({.roles = std::vector<std::string>{"a b"}}) == "user.role");
  CHECK(refused({.ttl = Seconds(0)}) == "token.expires");
  std::vector<std::pair<std::string, std::string>> many;
  for (int i = 0; i < 32; ++i) many.emplace_back("c" + std::to_string(i), std::string(256, 'x'));
  CHECK(refused({.claims = many}) == "token.size");
  CHECK(t->sessions().list({}).rows.empty());
  many.resize(15);  // within a token's size
  CHECK(refused({.claims = many}) == "nothing");
  many.clear();
  for (int i = 0; i < 33; ++i) many.emplace_back("c" + std::to_string(i), "x");
  CHECK(refused({.claims = many}) == "token.claim");
  many.pop_back();
  CHECK(refused({.claims = many}) == "nothing");
  CHECK(refused({.claims = {{"a", std::string(257, 'x')}}}) == "token.claim");
  CHECK(refused({.claims = {{std::string(257, 'x'), "a"}}}) == "token.claim");
  std::vector<std::string> audience;
  for (int i = 0; i < 17; ++i) audience.push_back("a" + std::to_string(i));
  CHECK(refused({.audience = audience}) == "token.audience");
  audience.pop_back();
  CHECK(refused({.audience = audience}) == "nothing");
  for (const std::string& one : {std::string(), std::string(257, 'x'), std::string("a\nb")})
    CHECK(refused({.audience = {one}}) == "token.audience");
  CHECK(refused({.audience = {std::string(256, 'x')}}) == "nothing");
}

TEST_CASE_METHOD(JwtFixture, "jwt: the longest that is issued is the longest that is read") {
  t->jwks().create(JwsAlgorithm::kEdDsa);
  auth::IssueJwt request;
  auto& claims = request.terms.claims;
  for (int i = 0; i < 21; ++i) claims.emplace_back("c" + std::to_string(i), std::string(256, 'x'));
  claims.emplace_back("last", "x");
  const auto size = issue_jwt(request).token.size();
  REQUIRE(size < kJwtMax);
  claims.back().second.append((kJwtMax - size) * 3 / 4, 'x');
  const auto longest = issue_jwt(request);
  CHECK(longest.token.size() == kJwtMax);
  CHECK(accepts(longest.token));
  claims.back().second += 'x';
  CHECK(error_of([&] { issue_jwt(request); }) == "token.size");
}

TEST_CASE_METHOD(JwtFixture, "jwt: terms that somebody damaged are said to be") {
  for (const std::string text : {"", "[]", "{}", R"({"aud":[],"claims":{},"ttl":"1"})",
                                 R"({"aud":"a","claims":{},"ttl":1})"})
    CHECK(error_of([&] { auth::parse_terms(text); }) == "token.damaged");
  CHECK(auth::parse_terms(R"({"aud":[],"claims":{},"ttl":1})").ttl == Seconds(1));
}
