// What use cases make of a database that fails under them.
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "auth/context.h"
#include "auth/opening.h"
#include "db/driver.h"
#include "support/faulty_driver.h"
#include "support/text_source.h"
#include "unit/auth/faulty_fixture.h"

using namespace tokctl;
using namespace tokctl::test;
using testing::FaultyDriver;
using At = FaultyDriver::At;

namespace {

struct FaultyFixture : Faulty<Fixture> {
  // Uses every way of changing something, and says what came of it.
  std::vector<std::string> everything() {
    const std::string password = "correct horse";
    auth::Users& users = t->users();
    const User bill = user_with_password("bill@example.com", password);
    const User eve = user("eve@example.com");
    users.update(by_id(eve), {.email = "eva@example.com", .full_name = "Eva"});
    users.set_password(by_id(eve), secret(password));
    users.disable(by_id(eve));
    users.enable(by_id(eve));
    users.login("bill@example.com", secret("wrong"));
    users.login("bill@example.com", secret(password));
    users.unlock("bill@example.com");
    const auto first = issue(bill);
    const auto single = t->tokens().issue_web(
        by_id(bill), {.expires_at = clock.now() + Seconds(60), .single = true});
    t->tokens().issue_web(by_id(bill), {.expires_at = {}, .reuse = true});
    t->tokens().revoke(single.token.reveal());
    t->sessions().create(by_id(bill), {.kind = SessionKind::kJwt});
    t->sessions().revoke_all(by_id(bill), std::nullopt);
    users.remove(by_id(eve));
    users.restore(by_id(eve));
    import_people();
    clock.advance(std::chrono::hours(24 * 60));
    t->database().collect({});

    std::vector<std::string> told;
    for (std::string page;;) {
      const auto events = t->audit().list({.descending = false, .limit = 5, .page_token = page});
      for (const Event& event : events.rows) told.push_back(event.type);
      page = events.next;
      if (page.empty()) break;
    }
    const auto status = t->database().status();
    told.push_back(std::to_string(status.users));
    told.push_back(raw().one("SELECT count(*) FROM sessions"));
    told.push_back(raw().one("SELECT group_concat(failures) FROM login_throttle"));
    t->audit().verify();
    for (const auto& trouble : t->database().check()) told.push_back(trouble);
    return told;
  }

  void import_people() {
    auth::UserImport work = t->import_users({});
    work.read_users(auth::UserFormat::kJsonl,
                    text_source(R"({"email":"i1@example.com","full_name":"One"}
{"email":"bill@example.com","full_name":"Taken"}
{"email":"i2@example.com","full_name":"Two","password":"correct horse"})"));
    CHECK(work.report().created == 2);
    CHECK(work.report().failed == 1);
    work.read_users(
        auth::UserFormat::kKit,
        text_source(
            R"({"public_id":"6dcda2da-92c3-41e5-8994-feff819cdc9f","status":1,"full_name":"K",)"
            R"("private_id":"0b1f5a3e-7d1c-4c55-9a53-2f1f0f6f4d11","email":"k@example.com",)"
            R"("password":"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"})"));
    work.read_sessions(text_source(R"({"session_id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301",)"
                                   R"("public_id":"6dcda2da-92c3-41e5-8994-feff819cdc9f",)"
                                   R"("date_expires":{"$date":{"$numberLong":")" +
                                   std::to_string((to_unix(clock.now()) + 60) * 1000) + R"("}}})"));
    CHECK(work.report().sessions == 1);
  }
};

}  // namespace

TEST_CASE_METHOD(FaultyFixture, "retry: every change run twice is made once") {
  FaultyFixture sound;
  sound.open_faulty();
  const auto expected = sound.everything();

  const At at = GENERATE(At::kExecute, At::kCommit);
  void (*const wrong)() = at == At::kCommit ? testing::busy : testing::gone;
  open_faulty();
  // Each transaction fails once, at its first statement or its commit, before it passes.
  bool again = false;
  driver->fault = [&](At where) {
    if (where == At::kCommitted) again = false;
    if (where == at && !again) {
      again = true;
      wrong();
    }
  };
  CHECK(everything() == expected);
}

TEST_CASE_METHOD(FaultyFixture, "retry: one connection is enough for every use case") {
  FaultyFixture sound;
  sound.open_faulty();
  const auto expected = sound.everything();
  open_faulty(true, 1);
  CHECK(everything() == expected);
}

TEST_CASE_METHOD(FaultyFixture, "retry: a commit that nobody heard of is never repeated") {
  open_faulty();
  const At at = GENERATE(At::kCommit, At::kCommitted);
  fail(at, testing::gone);
  try {
    user("a@example.com");
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.id() == "db.commit_unknown");
    CHECK(error.code() == Code::kUnavailable);
    CHECK(error.hint() == "look before trying again");
  }
  CHECK(seen[At::kBegin] == 1);
  CHECK(t->users().find(by_email("a@example.com")).has_value() == (at == At::kCommitted));
}

TEST_CASE_METHOD(FaultyFixture, "retry: reading goes on over another connection") {
  const auto token = issue(user());
  open_faulty();
  CHECK(accepts(token.token));
  const int opened = seen[At::kOpen];
  fail(At::kExecute, testing::gone);
  CHECK(accepts(token.token));
  fail(At::kExecute, testing::gone, 2);
  CHECK(valid(t->tokens().validate_all({token.token.reveal(), "x"}).front()) != nullptr);
  fail(At::kBegin, testing::gone, 2);
  CHECK(t->audit().verify().checked > 0);
  CHECK(opened == 0);
}

TEST_CASE_METHOD(FaultyFixture, "retry: ends after so many tries, and with the timeout") {
  open_faulty();
  fail(At::kCommit, testing::busy, 1000);
  CHECK(error_of([&] { user("a@example.com"); }) == "db.busy");
  CHECK(seen[At::kCommit] == db::Retry::kTriesMax);

  open_faulty(true, 16, std::chrono::milliseconds(20));
  seen.clear();
  fail(
      At::kCommit,
      [] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        testing::busy();
      },
      1000);
  CHECK(error_of([&] { user("a@example.com"); }) == "db.busy");
  CHECK(seen[At::kCommit] == 1);
  driver->fault = nullptr;
  CHECK_FALSE(t->users().find(by_email("a@example.com")));
}

TEST_CASE_METHOD(FaultyFixture, "retry: what is gone from a file stays gone") {
  open_faulty(false);
  fail(At::kExecute, testing::gone);
  CHECK(error_of([&] { t->users().find(by_email("a@example.com")); }) == "db.gone");
  CHECK(seen[At::kExecute] == 1);
}

TEST_CASE("schema: who may make and upgrade it") {
  using auth::judge_schema;
  using auth::SchemaDeed;
  using auth::SchemaRights;
  const auto refused = [](std::optional<std::int64_t> found, const SchemaRights& rights) {
    return Fixture::error_of([&] { judge_schema(found, 5, rights); });
  };
  const bool server = GENERATE(false, true), setting_up = GENERATE(false, true);
  const SchemaRights all{
      .server = server, .create = true, .upgrade = true, .setting_up = setting_up};
  CHECK(judge_schema(5, 5, all) == SchemaDeed::kNone);
  CHECK(judge_schema(5, 5, {.server = server}) == SchemaDeed::kNone);
  CHECK(refused(6, all) == "db.newer");
  CHECK(refused(0, all) == "db.damaged");
  CHECK(refused(4, {.server = server, .create = true}) == "db.older");
  CHECK(refused({}, {.server = server, .upgrade = true}) == "db.empty");
  if (server) {
    CHECK(refused(4, all) == "db.older");
  } else {
    CHECK(judge_schema(4, 5, all) == SchemaDeed::kUpgrade);
  }
  if (server && !setting_up) {
    CHECK(refused({}, all) == "db.empty");
  } else {
    CHECK(judge_schema({}, 5, all) == SchemaDeed::kMake);
  }
}
