#include <catch2/catch.hpp>

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
