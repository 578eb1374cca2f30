#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "base/encoding.h"
#include "crypto/mac.h"
#include "model/api_token.h"
#include "model/opaque_token.h"
#include "support/scratch.h"
#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

using std::chrono::hours;

Refusal refusal(const Verdict& verdict) { return std::get<Refusal>(verdict); }

// With one connection: uses are written by whoever finds them due, and not by a thread whenever it
// gets to it.
struct ApiFixture : Fixture {
  ApiFixture() {
    connections = 1;
    reopen();
  }
  User bill = user();

  auth::IssuedApi issue_api(const auth::IssueApi& request = {}) {
    return t->tokens().issue_api(by_id(bill), request);
  }
  TokenInfo info(const std::string& id) { return t->tokens().get(id); }
  std::string digest_column() { return raw().one("SELECT digest FROM api_tokens"); }
};

}  // namespace

TEST_CASE_METHOD(ApiFixture, "api token: issued, valid, and what it says") {
  const auto issued = issue_api({.name = "ci",
                                 .scopes = {"read", "write"},
                                 .info = R"({ "device": "ios" })",
                                 .expires_at = clock.now() + hours(1)});
  REQUIRE(parse_opaque_token(issued.token.reveal()) == TokenType::kApi);
  const Verdict verdict = judge(issued.token);
  const Principal* who = valid(verdict);
  REQUIRE(who != nullptr);
  CHECK(who->type == TokenType::kApi);
  CHECK(who->id == issued.info.id);
  CHECK(who->public_id == bill.public_id);
  CHECK(who->email == bill.email);
  CHECK(who->full_name == bill.full_name);
  CHECK(who->session_id.empty());
  CHECK(who->scopes == std::vector<std::string>{"read", "write"});
  CHECK(who->token_name == "ci");
  CHECK(who->info == R"({"device":"ios"})");
  CHECK(who->issued_at == clock.now());
  CHECK(who->expires_at == clock.now() + hours(1));
}

TEST_CASE_METHOD(ApiFixture, "api token: the database holds nothing that a thief could use") {
  const auto issued = issue_api();
  const std::string token(issued.token.reveal());
  CHECK(digest_column().size() == 64);
  for (const std::string& path : {file(), file() + "-wal"}) {
    CAPTURE(path);
    const std::string content = testing::content_of(path);
    CHECK(content.find(token.substr(4, 43)) == std::string::npos);
  }
  // Nor is its digest one that somebody without the root key can compute.
  CHECK(digest_column() != hex_encode(crypto::sha256(token)));
}

TEST_CASE_METHOD(ApiFixture, "api token: it dies at its time, by revocation, disabling, deletion") {
  const auto issued = issue_api({.expires_at = clock.now() + Seconds(60)});
  clock.advance(Seconds(59));
  CHECK(accepts(issued.token));
  t->users().disable(by_id(bill));
  CHECK(refusal(judge(issued.token)) == Refusal::kUserDisabled);
  CHECK(error_of([&] { issue_api(); }) == "user.disabled");
  t->users().enable(by_id(bill));
  CHECK(accepts(issued.token));
  clock.advance(Seconds(1));
  CHECK(refusal(judge(issued.token)) == Refusal::kExpired);

  const auto second = issue_api();
  clock.advance(hours(24 * 365 * 200));
  CHECK(accepts(second.token));  // never expires, and time is 64 bits wide
  CHECK(t->tokens().revoke(second.token.reveal()).changed);
  CHECK_FALSE(t->tokens().revoke(second.token.reveal()).changed);
  CHECK(refusal(judge(second.token)) == Refusal::kRevoked);

  const auto third = issue_api();
  CHECK(t->users().remove(by_id(bill)).tokens_revoked == 1);
  CHECK(refusal(judge(third.token)) == Refusal::kUserDeleted);
  t->users().restore(by_id(bill));
  CHECK(refusal(judge(third.token)) == Refusal::kRevoked);
}

TEST_CASE_METHOD(ApiFixture, "api token: another's, a made-up one, one of another type") {
  issue_api();
  const std::array<std::uint8_t, 32> zeros{};
  for (const TokenType type : {TokenType::kApi, TokenType::kRefresh, TokenType::kVerify})
    CHECK(refusal(judge(format_opaque_token(type, zeros))) == Refusal::kUnknownToken);
  CHECK(refusal(judge(secret(""))) == Refusal::kMalformed);
  // The digest itself is no way in.
  CHECK(refusal(judge(secret(digest_column()))) == Refusal::kMalformed);
}

TEST_CASE_METHOD(ApiFixture, "api token: the type is part of what is looked up") {
  const auto issued = issue_api();
  std::string other(issued.token.reveal());
  const auto bytes = base62_decode(std::string_view(other).substr(4, 43), 32);
  REQUIRE(bytes);
  const std::span<const std::uint8_t, 32> secret_bytes(bytes->data(), 32);
  CHECK(accepts(format_opaque_token(TokenType::kApi, secret_bytes)));
  CHECK_FALSE(accepts(format_opaque_token(TokenType::kRefresh, secret_bytes)));
}

TEST_CASE_METHOD(ApiFixture, "api token: scopes are asked for by name") {
  const auto issued = issue_api({.scopes = {"read", "write"}});
  const auto asked = [&](const std::vector<std::string>& scopes) {
    return t->tokens().validate(issued.token.reveal(), {.scopes = scopes});
  };
  CHECK(valid(asked({})) != nullptr);
  CHECK(valid(asked({"read"})) != nullptr);
  CHECK(valid(asked({"write", "read"})) != nullptr);
  CHECK(refusal(asked({"read", "admin"})) == Refusal::kScope);
  CHECK(refusal(asked({"rea"})) == Refusal::kScope);
  CHECK(refusal(asked({"read write"})) == Refusal::kScope);

  const auto explained = t->tokens().explain(issued.token.reveal(), {.scopes = {"read", "admin"}});
  CHECK(explained.checks.back().name == "scope");
  CHECK(explained.checks.back().detail == "scope admin is missing");
  // A web token says who somebody is, not what for.
  const auto web = issue(bill);
  CHECK(refusal(t->tokens().validate(web.token.reveal(), {.scopes = {"read"}})) == Refusal::kScope);
  // Out of scope is not in use.
  t->tokens().flush_uses();
}

TEST_CASE_METHOD(ApiFixture, "api token: the headers that carry one") {
  const auto issued = issue_api();
  const auto web = issue(bill);
  const std::string api(issued.token.reveal());
  const std::string basic(web.token.reveal());
  const auto judged = [&](const std::string& header) {
    return valid(t->tokens().validate_header(header)) != nullptr;
  };
  CHECK(judged("Bearer " + api));
  CHECK(judged("Authorization: bearer " + api));
  for (const std::string& header :
       {api, "Basic " + api, "Bearer " + basic, "Bearer  " + api, "Bearer " + api + " ",
        "Bearer Bearer " + api, "Bearer " + api + ",Bearer " + api, "Token " + api,
        "Basic " + basic + ", Bearer " + api}) {
    CAPTURE(header);
    CHECK_FALSE(judged(header));
  }
}

// In kktoken a token that is hot all day expires while in use, and every use costs a write.
TEST_CASE_METHOD(ApiFixture,
                 "api token: it slides on while it is used, and lapses when it is not") {
  const Seconds idle = kIdleMin;
  const auto hot = issue_api({.idle = idle});
  const auto cold = issue_api({.idle = idle});
  for (Seconds passed{0}; passed < 5 * idle; passed += Seconds(5)) {
    clock.advance(Seconds(5));
    REQUIRE(accepts(hot.token));
    if (passed % kUseFlush < Seconds(5)) t->tokens().flush_uses();  // as a thread does by itself
  }
  CHECK(refusal(judge(cold.token)) == Refusal::kIdle);
  t->tokens().flush_uses();
  const auto last = info(hot.info.id).last_used_at;
  REQUIRE(last);
  CHECK(clock.now() - *last < kUseFlush);  // closer together, uses are not worth a write
  CHECK_FALSE(info(cold.info.id).last_used_at);

  clock.advance(idle - kUseFlush);
  CHECK(accepts(hot.token));
  clock.advance(idle);
  CHECK(refusal(judge(hot.token)) == Refusal::kIdle);
  CHECK(error_of([&] { issue_api({.idle = idle - Seconds(1)}); }) == "token.idle");
}

TEST_CASE_METHOD(ApiFixture, "api token: uses are written in batches, and at the end") {
  const auto issued = issue_api();
  accepts(issued.token);
  CHECK_FALSE(info(issued.info.id).last_used_at);
  const Time first = clock.now();
  clock.advance(kUseFlush);
  accepts(issued.token);  // has the one before brought to the database, and is itself noted
  const auto written = [&] { return info(issued.info.id).last_used_at.has_value(); };
  for (const auto end = std::chrono::steady_clock::now() + Seconds(60);
       !written() && std::chrono::steady_clock::now() < end;)
    std::this_thread::yield();
  CHECK(info(issued.info.id).last_used_at >= first);
  const Time second = clock.now();
  reopen();
  CHECK(info(issued.info.id).last_used_at == second);

  // Refused, it is not in use.
  t->users().disable(by_id(bill));
  clock.advance(hours(1));
  CHECK_FALSE(accepts(issued.token));
  reopen();
  CHECK(info(issued.info.id).last_used_at == second);
}

TEST_CASE_METHOD(ApiFixture, "api token: no validation waits for a writer") {
  const auto issued = issue_api();
  Config patient = config();
  patient.timeout = Seconds(60);
  patient.pool_size = 2;
  auto other = std::make_unique<Tokctl>(open(patient, clock, random));
  CHECK(valid(other->tokens().validate(issued.token.reveal())) != nullptr);
  auto writer = raw();
  writer.run("BEGIN IMMEDIATE");
  const auto begun = std::chrono::steady_clock::now();
  for (int round = 0; round < 5; ++round) {
    clock.advance(2 * kUseFlush);
    CHECK(valid(other->tokens().validate(issued.token.reveal())) != nullptr);
  }
  CHECK(std::chrono::steady_clock::now() - begun < Seconds(30));
  CHECK_FALSE(info(issued.info.id).last_used_at);
  writer.run("COMMIT");
  other.reset();
  CHECK(info(issued.info.id).last_used_at == clock.now());
}

TEST_CASE_METHOD(ApiFixture, "api token: a use that cannot be written is no reason to refuse") {
  const auto first = issue_api();
  const auto second = issue_api();
  // Two that were used, whenever, are one too many.
  raw().run(
      "CREATE UNIQUE INDEX no ON api_tokens (last_used_at IS NULL)"
      " WHERE last_used_at IS NOT NULL");
  for (int round = 0; round < 3; ++round) {
    CHECK(accepts(first.token));
    CHECK(accepts(second.token));
    clock.advance(2 * kUseFlush);
  }
  CHECK_THROWS_AS(t->tokens().flush_uses(), Error);
  CHECK_FALSE(info(first.info.id).last_used_at);
  raw().run("DROP INDEX no");
  t->tokens().flush_uses();  // kept for this
  CHECK(info(first.info.id).last_used_at == clock.now() - 2 * kUseFlush);
  CHECK(info(second.info.id).last_used_at == clock.now() - 2 * kUseFlush);
}

TEST_CASE_METHOD(ApiFixture, "api token: one whose use is not yet written is not swept away") {
  const auto issued = issue_api({.idle = kIdleMin});
  clock.advance(kIdleMin - Seconds(1));
  CHECK(accepts(issued.token));
  clock.advance(2 * kUseFlush);
  CHECK(t->tokens().prune(clock.now()) == 0);
  CHECK_FALSE(info(issued.info.id).live(clock.now()));  // as far as the database knows
  CHECK(accepts(issued.token));
  clock.advance(kIdleMin + 2 * kUseFlush + Seconds(1));
  t->tokens().flush_uses();
  clock.advance(kIdleMin + 2 * kUseFlush + Seconds(1));
  CHECK(t->tokens().prune(clock.now()) == 1);
  CHECK(refusal(judge(issued.token)) == Refusal::kUnknownToken);
}

TEST_CASE_METHOD(ApiFixture, "api token: a use keeps it from lapsing before it is written, too") {
  const auto issued = issue_api({.idle = kIdleMin});
  clock.advance(kIdleMin - Seconds(1));
  CHECK(accepts(issued.token));
  clock.advance(Seconds(2));
  CHECK(accepts(issued.token));
  CHECK_FALSE(info(issued.info.id).last_used_at);
}

TEST_CASE_METHOD(ApiFixture, "api token: one that is not good for what is asked is not in use") {
  const auto issued = issue_api({.scopes = {"read"}});
  CHECK(refusal(t->tokens().validate(issued.token.reveal(), {.scopes = {"write"}})) ==
        Refusal::kScope);
  t->tokens().flush_uses();
  CHECK_FALSE(info(issued.info.id).last_used_at);
  CHECK(valid(t->tokens().validate(issued.token.reveal(), {.scopes = {"read"}})) != nullptr);
  t->tokens().flush_uses();
  CHECK(info(issued.info.id).last_used_at == clock.now());
}

TEST_CASE_METHOD(ApiFixture, "api token: what cannot be one is not issued, one or many") {
  const auto refused = [&](const auth::IssueApi& request) {
    const auto many = [&] {
      t->tokens().issue_api_many(by_id(bill), request, 2,
                                 [](const auto&, const auto&) { FAIL("one was issued"); });
    };
    const std::string why = error_of([&] { issue_api(request); });
    CHECK(error_of(many) == why);
    return why;
  };
  CHECK(refused({.name = "a\nb"}) == "token.name");
  CHECK(refused({.scopes = {"a b"}}) == "token.scope");
  CHECK(refused({.scopes = {"read", "read"}}) == "token.scope");
  CHECK(refused({.info = "[]"}) == "token.info");
  CHECK(refused({.expires_at = clock.now()}) == "token.expires");
  CHECK(refused({.expires_at = clock.now() - hours(1)}) == "token.expires");
  const auto made = issue_api({.expires_at = clock.now() + Seconds(1)});
  t->users().disable(by_id(bill));
  CHECK(refused({}) == "user.disabled");
  CHECK(error_of([&] { t->tokens().rotate(made.info.id, {}); }) == "user.disabled");
  CHECK(t->tokens().list({}).rows.size() == 1);
}

TEST_CASE_METHOD(ApiFixture, "api token: many at once, in batches with an event each") {
  std::set<std::string> texts;
  std::int64_t told = 0;
  t->tokens().issue_api_many(
      by_email(bill.email), {.name = "device", .scopes = {"push"}}, 2500,
      [&](const SecretString& token, const TokenInfo& made) {
        CHECK(made.token_name == "device");
        CHECK(made.email == bill.email);
        texts.insert(std::string(token.reveal()));
      },
      [&](std::int64_t done, std::int64_t total) {
        CHECK(total == 2500);
        told = done;
      });
  CHECK(texts.size() == 2500);
  CHECK(told == 2500);
  for (const auto& text : texts) CHECK(accepts(secret(text)));
  CHECK(raw().one("SELECT count(*) FROM events WHERE type = 'api_token.created_many'") == "3");
  CHECK(t->tokens().revoke_all({.user = by_id(bill)}).tokens == 2500);
  CHECK_FALSE(accepts(secret(*texts.begin())));
}

TEST_CASE_METHOD(ApiFixture, "api token: a rotation leaves the old one its overlap") {
  const auto first = issue_api({.name = "ci",
                                .scopes = {"read"},
                                .info = R"({"a":1})",
                                .expires_at = clock.now() + hours(100),
                                .idle = hours(50)});
  clock.advance(hours(10));
  const auto second = t->tokens().rotate(first.info.id, {.overlap = hours(24)});
  CHECK(second.info.id != first.info.id);
  CHECK(second.info.token_name == "ci");
  CHECK(second.info.scopes == first.info.scopes);
  CHECK(second.info.info == first.info.info);
  CHECK(second.info.idle == first.info.idle);
  CHECK(second.info.expires_at == clock.now() + hours(100));
  CHECK(second.replaced.expires_at == clock.now() + hours(24));
  CHECK(info(first.info.id).replaced_by == second.info.id);
  CHECK(error_of([&] { t->tokens().rotate(first.info.id, {}); }) == "token.replaced");

  // One sees when it is safe to drop.
  CHECK(accepts(first.token));
  t->tokens().flush_uses();
  CHECK(info(first.info.id).last_used_at == clock.now());
  CHECK_FALSE(info(second.info.id).last_used_at);

  clock.advance(hours(24) - Seconds(1));
  CHECK(accepts(first.token));
  CHECK(accepts(second.token));
  clock.advance(Seconds(1));
  CHECK(refusal(judge(first.token)) == Refusal::kExpired);
  CHECK(accepts(second.token));

  // The old one never lives longer for it.
  const auto last = issue_api({.expires_at = clock.now() + Seconds(5)});
  CHECK(t->tokens().rotate(last.info.id, {.overlap = hours(1)}).replaced.expires_at ==
        clock.now() + Seconds(5));
  const auto at_once = issue_api();
  const auto next = t->tokens().rotate(at_once.info.id, {.same_lifetime = false});
  CHECK_FALSE(accepts(at_once.token));
  CHECK(accepts(next.token));

  t->tokens().revoke_id(next.info.id);
  CHECK(error_of([&] { t->tokens().rotate(next.info.id, {}); }) == "token.ended");
  CHECK(error_of([&] { t->tokens().rotate(bill.public_id, {}); }) == "token.not_found");
}

TEST_CASE_METHOD(ApiFixture, "api token: a successor has not been used yet") {
  const auto first = issue_api();
  CHECK(accepts(first.token));
  t->tokens().flush_uses();
  REQUIRE(info(first.info.id).last_used_at);
  const auto second = t->tokens().rotate(first.info.id, {.overlap = hours(24)});
  CHECK_FALSE(second.info.last_used_at);
  CHECK_FALSE(info(second.info.id).last_used_at);
  CHECK(info(first.info.id).last_used_at == clock.now());
}

TEST_CASE_METHOD(ApiFixture, "api token: revoked by id, by user, by name, by type") {
  const User ann = user("ann@example.com");
  const auto of_ann = t->tokens().issue_api(by_id(ann), {.name = "ci"});
  const auto ci = issue_api({.name = "ci"});
  const auto phone = issue_api({.name = "phone"});
  const auto web = issue(bill);
  using Query = auth::RevokeQuery;

  SECTION("by id, of either kind") {
    CHECK(t->tokens().revoke_id(ci.info.id).changed);
    CHECK_FALSE(t->tokens().revoke_id(ci.info.id).changed);
    CHECK(t->tokens().revoke_id(web.session.session_id).type == TokenType::kWeb);
    CHECK_FALSE(accepts(ci.token));
    CHECK_FALSE(accepts(web.token));
    CHECK(accepts(phone.token));
    CHECK(error_of([&] { t->tokens().revoke_id(bill.public_id); }) == "token.not_found");
  }
  SECTION("by user") {
    const auto revoked = t->tokens().revoke_all(Query{.user = by_id(bill)});
    CHECK(revoked.tokens == 2);
    CHECK(revoked.sessions == 1);
    CHECK_FALSE(accepts(web.token));
    CHECK(accepts(of_ann.token));
    CHECK(t->tokens().revoke_all(Query{.user = by_id(bill)}).total() == 0);
    CHECK(raw().one("SELECT COUNT(*) FROM events WHERE type = 'api_token.revoked_all'") == "1");
  }
  SECTION("by user and type") {
    CHECK(t->tokens().revoke_all(Query{.user = by_id(bill), .type = TokenType::kApi}).total() == 2);
    CHECK(accepts(web.token));
  }
  SECTION("by user and name") {
    CHECK(t->tokens().revoke_all(Query{.user = by_id(bill), .name = "ci"}).total() == 1);
    CHECK_FALSE(accepts(ci.token));
    CHECK(accepts(phone.token));
    CHECK(accepts(of_ann.token));
  }
  SECTION("by name and type") {
    CHECK(t->tokens().revoke_all(Query{.name = "ci", .type = TokenType::kWeb}).total() == 0);
    CHECK(accepts(ci.token));
    CHECK(t->tokens().revoke_all(Query{.name = "ci", .type = TokenType::kApi}).total() == 2);
    CHECK_FALSE(accepts(ci.token));
    CHECK(accepts(web.token));
  }
  SECTION("by name, of more than a transaction ends") {
    t->tokens().issue_api_many(by_id(bill), {.name = "ci"}, 1500, [](const auto&, const auto&) {});
    CHECK(t->tokens().revoke_all(Query{.name = "ci"}).total() == 1502);
  }
  SECTION("by name, user or going, when it is idle but for a use that is yet to be written") {
    const auto idle = issue_api({.name = "ci", .idle = kIdleMin});
    clock.advance(kIdleMin - Seconds(1));
    CHECK(accepts(idle.token));
    clock.advance(Seconds(2));
    const int how = GENERATE(0, 1, 2);
    if (how == 0) CHECK(t->tokens().revoke_all(Query{.name = "ci"}).total() == 3);
    if (how == 1) CHECK(t->tokens().revoke_all(Query{.user = by_id(bill)}).tokens == 3);
    if (how == 2) {
      CHECK(t->users().remove(by_id(bill)).tokens_revoked == 3);
      t->users().restore(by_id(bill));
    }
    t->tokens().flush_uses();
    CHECK_FALSE(accepts(idle.token));
  }
  SECTION("by name") {
    CHECK(t->tokens().revoke_all(Query{.name = "ci"}).total() == 2);
    CHECK_FALSE(accepts(of_ann.token));
    CHECK(accepts(phone.token));
    CHECK(raw().one("SELECT count(*) FROM events WHERE type = 'api_token.revoked'") == "2");
  }
  CHECK(error_of([&] { t->tokens().revoke_all({}); }) == "token.which");
  CHECK_NOTHROW(t->audit().verify());
}

TEST_CASE_METHOD(ApiFixture,
                 "api token: looked up under every root key, until its own is retired") {
  const auto old = issue_api();
  const std::string old_key = t->database().status().active_root_key;
  const auto added = auth::initialize(config(), true);
  reopen();
  t->database().activate_root_key(added.root_key);
  const auto fresh = issue_api();
  CHECK(accepts(old.token));
  CHECK(accepts(fresh.token));
  t->database().retire_root_key(old_key);
  CHECK(refusal(judge(old.token)) == Refusal::kRevoked);
  CHECK(accepts(fresh.token));
}

TEST_CASE_METHOD(ApiFixture, "token list: both kinds in one order, page by page") {
  const User ann = user("ann@example.com");
  for (int n = 0; n < 30; ++n) {
    if (n % 4 == 0) clock.advance(Seconds(1));
    const User& owner = n % 3 == 0 ? ann : bill;
    if (n % 2 == 0) {
      t->tokens().issue_api(by_id(owner), {.name = n % 5 == 0 ? "ci" : ""});
    } else {
      issue(owner);
    }
  }
  const auto walk = [&](auth::TokenQuery query) {
    std::vector<TokenInfo> all;
    do {
      auto page = t->tokens().list(query);
      for (auto& token : page.rows) all.push_back(std::move(token));
      query.page_token = page.next;
    } while (!query.page_token.empty());
    return all;
  };
  const auto whole = walk({});
  REQUIRE(whole.size() == 30);
  for (std::size_t i = 1; i < whole.size(); ++i) {
    CHECK(std::tie(whole[i - 1].created_at, whole[i - 1].id) <
          std::tie(whole[i].created_at, whole[i].id));
  }
  for (const auto& token : whole)
    CHECK(token.email == (token.public_id == ann.public_id ? ann.email : bill.email));
  const auto ids = [](const std::vector<TokenInfo>& tokens) {
    std::vector<std::string> all;
    for (const auto& token : tokens) all.push_back(token.id);
    return all;
  };
  auto backwards = ids(walk({.descending = true, .limit = 4}));
  std::ranges::reverse(backwards);
  CHECK(backwards == ids(whole));
  for (const std::size_t limit : {1U, 2U, 3U, 7U, 29U, 30U, 31U})
    CHECK(ids(walk({.limit = limit})) == ids(whole));
  CHECK(walk({.user = by_id(ann), .limit = 3}).size() == 10);
  CHECK(walk({.type = TokenType::kApi, .limit = 4}).size() == 15);
  CHECK(walk({.type = TokenType::kWeb, .limit = 4}).size() == 15);
  CHECK(walk({.type = TokenType::kRefresh}).empty());
  CHECK(walk({.name = "ci", .limit = 1}).size() == 3);
}

TEST_CASE_METHOD(ApiFixture, "token list: what has ended is not shown as live") {
  const auto revoked = issue_api();
  t->tokens().revoke_id(revoked.info.id);
  issue_api({.expires_at = clock.now() + Seconds(10)});
  issue_api({.idle = kIdleMin});
  issue(bill, Seconds(10));
  const auto stays = issue_api({.expires_at = clock.now() + hours(24 * 8)});
  clock.advance(kIdleMin);
  const auto live = t->tokens().list({.live_only = true});
  REQUIRE(live.rows.size() == 1);
  CHECK(live.rows[0].id == stays.info.id);
  for (const auto& token : t->tokens().list({}).rows)
    CHECK(token.live(clock.now()) == (token.id == stays.info.id));
  CHECK(t->tokens()
            .list({.live_only = true, .expires_before = clock.now() + hours(24 * 9)})
            .rows.size() == 1);
  CHECK(t->tokens()
            .list({.live_only = true, .expires_before = clock.now() + hours(24)})
            .rows.empty());
}

TEST_CASE_METHOD(ApiFixture, "token list: what nobody uses") {
  const auto used = issue_api();
  const auto never = issue_api();
  clock.advance(hours(24 * 90));
  accepts(used.token);
  t->tokens().flush_uses();
  const auto fresh = issue_api();
  issue(bill, hours(24 * 365));  // whose use nobody notes
  clock.advance(hours(24 * 2));
  accepts(used.token);
  accepts(fresh.token);
  t->tokens().flush_uses();
  const auto unused = t->tokens().list({.unused_since = clock.now() - hours(24)});
  REQUIRE(unused.rows.size() == 1);
  CHECK(unused.rows[0].id == never.info.id);
}

TEST_CASE_METHOD(ApiFixture, "token: identified whatever its state, if it is ours") {
  const auto issued = issue_api({.name = "ci"});
  const auto web = issue(bill);
  t->tokens().revoke_id(issued.info.id);
  const auto found = t->tokens().identify(issued.token.reveal());
  REQUIRE(found);
  CHECK(found->id == issued.info.id);
  CHECK(found->email == bill.email);
  CHECK(found->revoked_at == clock.now());
  CHECK(t->tokens().identify(web.token.reveal())->id == web.session.session_id);
  CHECK_FALSE(t->tokens().identify("nonsense"));
  const std::array<std::uint8_t, 32> zeros{};
  CHECK_FALSE(t->tokens().identify(format_opaque_token(TokenType::kApi, zeros).reveal()));
}

TEST_CASE_METHOD(ApiFixture, "gc: where there was nothing to sweep, nothing is said of it") {
  CHECK(t->database().collect({}).tokens == 0);
  CHECK(raw().one("SELECT COUNT(*) FROM events WHERE type LIKE '%.pruned'") == "0");
}

TEST_CASE_METHOD(ApiFixture, "gc and check know API tokens") {
  issue_api({.expires_at = clock.now() + Seconds(10)});
  const auto live = issue_api();
  clock.advance(hours(24 * 31));
  CHECK(t->database().check().empty());
  CHECK(t->database().collect({}).tokens == 1);
  CHECK(t->database().collect({}).tokens == 0);
  CHECK(accepts(live.token));
  t->tokens().flush_uses();  // or it may come after what is written next, and mend it
  raw().run("UPDATE api_tokens SET ends_at = 5");
  CHECK(t->database().check().size() == 1);
}
