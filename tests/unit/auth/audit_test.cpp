#include <catch2/catch.hpp>

#include "auth/chain.h"
#include "support/random.h"
#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

TEST_CASE_METHOD(Fixture, "audit: every change leaves one line, whole and in order") {
  const User made = user();
  const auto issued = issue(made);
  t->users().disable(by_id(made));
  t->users().disable(by_id(made));  // changes nothing, says nothing
  const auto page = t->audit().list({.descending = false});
  std::vector<std::string> types;
  for (const Event& event : page.rows) {
    types.push_back(event.type);
    CHECK(event.actor == "test");
    CHECK(event.seq == static_cast<std::int64_t>(types.size()));
  }
  CHECK(types == std::vector<std::string>{"database.created", "user.created", "session.created",
                                          "user.disabled"});
  CHECK(t->audit().verify().checked == 4);
  CHECK(t->audit().list({.user = by_email(made.email)}).rows.size() == 3);
}

TEST_CASE_METHOD(Fixture, "audit: any column of any row changed is found") {
  const User made = user();
  issue(made);
  const std::string column =
      GENERATE("occurred_at = occurred_at + 1", "type = 'user.enabled'", "actor = 'me'",
               "public_id = ''", "subject = 'x'", "detail = '{}'",
               "mac = lower(hex(randomblob(32)))", "seq = 40", "root_key_id = 'ffffffffffffffff'");
  CAPTURE(column);
  t->audit().verify();
  raw().run(std::string("UPDATE events SET ") + column + " WHERE seq = 2");
  const auto broken = error_of([&] { t->audit().verify(); });
  CHECK((broken == "audit.broken" || broken == "key.missing"));
}

TEST_CASE_METHOD(Fixture, "audit: a line taken out, put in, or cut off the end is found") {
  const User made = user();
  issue(made);
  t->users().disable(by_id(made));
  const auto before = t->audit().verify().head;
  SECTION("taken out of the middle") {
    raw().run("DELETE FROM events WHERE seq = 2");
    CHECK(error_of([&] { t->audit().verify(); }) == "audit.broken");
  }
  SECTION("cut off the end") {
    raw().run("DELETE FROM events WHERE seq = 4");
    CHECK(error_of([&] { t->audit().verify(); }) == "audit.broken");
  }
  SECTION("cut off the end, and the head set back: only a remembered point tells") {
    raw().run("DELETE FROM events WHERE seq = 4");
    raw().run("UPDATE event_head SET seq = 3, mac = (SELECT mac FROM events WHERE seq = 3)");
    t->audit().verify();
    CHECK(error_of([&] { t->audit().verify(before); }) == "audit.broken");
  }
  SECTION("replaced by another history of the same length") {
    raw().run("DELETE FROM events WHERE seq = 4");
    raw().run("UPDATE event_head SET seq = 3, mac = (SELECT mac FROM events WHERE seq = 3)");
    t->users().update(by_id(made), {.full_name = "Other"});
    t->audit().verify();
    CHECK(error_of([&] { t->audit().verify(before); }) == "audit.broken");
  }
  SECTION("a copy at the end") {
    raw().run(
        "INSERT INTO events SELECT 5, occurred_at, type, actor, public_id, subject, detail, "
        "root_key_id, mac FROM events WHERE seq = 4");
    CHECK(error_of([&] { t->audit().verify(); }) == "audit.broken");
  }
  SECTION("untouched, it holds, and grows past a remembered point") {
    t->users().enable(by_id(made));
    CHECK(t->audit().verify(before).head.seq == 5);
  }
}

TEST_CASE_METHOD(Fixture, "audit: pruning leaves an anchor that proves itself") {
  const User made = user();
  const auto old = t->audit().verify().head;
  clock.advance(std::chrono::hours(48));
  t->users().disable(by_id(made));
  CHECK(t->audit().prune(clock.now() - std::chrono::hours(24)) == 2);
  const auto report = t->audit().verify();
  CHECK(report.first == 3);
  CHECK(report.head.seq == 4);  // what was disabled, and the pruning itself
  t->audit().verify(old);       // the last one pruned is still known
  CHECK(t->audit().prune(clock.now() - std::chrono::hours(24)) == 0);
  raw().run("UPDATE event_head SET anchor_seq = 1, anchor_mac = mac");
  CHECK(error_of([&] { t->audit().verify(); }) == "audit.broken");
}

TEST_CASE("audit: a point of the chain is written SEQ:MAC") {
  const std::string mac(64, 'a');
  CHECK(auth::parse_chain_point("12:" + mac).seq == 12);
  for (const std::string& text :
       {std::string(), std::string("12"), "12:" + mac + "a", "-1:" + mac, "0:" + mac, ":" + mac,
        "12:" + std::string(64, 'A'), " 12:" + mac}) {
    CAPTURE(text);
    CHECK_THROWS_AS(auth::parse_chain_point(text), Error);
  }
}

// Computed with Python's hmac, from the audit key that tests/unit/crypto/keyring_test.cpp knows. A
// log that was written stays readable.
TEST_CASE("audit: an event's mac and an anchor's proof have known answers") {
  testing::CountingRandom counting;
  std::vector<crypto::RootKey> keys;
  keys.push_back(crypto::make_root_key(counting));
  const std::string id = keys.front().id;
  const crypto::Keyring keyring(keys);
  const Event event{.seq = 7,
                    .at = from_unix(1'800'000'000),
                    .type = "user.created",
                    .actor = "cli:root",
                    .public_id = "p",
                    .subject = "s",
                    .root_key_id = id,
                    .mac = "whatever"};
  std::string previous;
  for (int i = 0; i < 32; ++i) previous += "ab";
  CHECK(auth::event_mac(keyring, previous, event) ==
        "65d17ee298edbc9d43eea878ce4b66b84d5e0c03ef786cff2453fdfe737ca919");
  CHECK(auth::event_mac(keyring, std::string(64, '0'), event) ==
        "77c3ac65bdf4981e27dbbf5abd8028c7ca134e8c49dcbf14ba9bd853f34f4440");
  // What is no mac counts as the one before the first.
  CHECK(auth::event_mac(keyring, "abab", event) ==
        auth::event_mac(keyring, std::string(64, '0'), event));
  CHECK(auth::anchor_proof(keyring, id, 7, previous) ==
        "409c8954206ccb9b9c52af6bc49531a5a938f1598ec5ad126a79925df821c6c1");
}
