#include "auth/kit_import.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/text_source.h"
#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

// The user and session of the known answer, and one whose email kit kept in mixed case (a kit
// update does not fold it). Tokens and hashes come from Python's hashlib.scrypt, hmac and crypt.
const std::string kBill =
    R"({"_id":{"$oid":"564f3b2be4b0a1b2c3d4e5f6"},"public_id":"6dcda2da-92c3-41e5-8994-feff819cdc9f",)"
    R"("private_id":"0b1f5a3e-7d1c-4c55-9a53-2f1f0f6f4d11","status":1,"full_name":"Bill Kennedy",)"
    R"("email":"bill@ardanlabs.com",)"
    R"("password":"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy","is_deleted":false,)"
    R"("date_modified":{"$date":"2015-11-20T15:04:05.123Z"},)"
    R"("date_created":{"$date":"2015-11-20T10:04:05.123-0500"}})";
const std::string kAda =
    R"({"public_id":"11111111-2222-4333-8444-555555555555",)"
    R"("private_id":"0b1f5a3e-7d1c-4c55-9a53-2f1f0f6f4d11","status":{"$numberInt":"1"},)"
    R"("full_name":"Ada Lovelace","email":"Ada.Lovelace@Example.COM",)"
    R"("password":"$2a$04$abcdefghijklmnopqrstuuT4SjQDOQlS9hUg4lJmSrUlXKJQGU.oG","is_deleted":false,)"
    R"("modified_at":{"$date":{"$numberLong":"1448031845123"}},)"
    R"("date_created":{"$date":{"$numberLong":"-62135596800000"}}})";
constexpr const char* kBillsToken =
    "M2YyNTA0ZTAtNGY4OS00MWQzLTlhMGMtMDMwNWU4MmMzMzAxOnM1L01Bc2g2QTRJZ2lVT2pEbm55OCsrR0lxVWNPWC9GWG"
    "9r"
    "R05zQUxKejA9";
constexpr const char* kAdasToken =
    "M2YyNTA0ZTAtNGY4OS00MWQzLTlhMGMtMDMwNWU4MmMzMzAyOldrVWtUVjZKWURwS29vR0w5eGRaMTRZM2p6TXNCbVVrbU"
    "N4"
    "TkwwVUI0d1k9";

std::string session(const std::string& id, const std::string& public_id, Time expires_at) {
  return R"({"_id":{"$oid":"564f3b2be4b0a1b2c3d4e5f7"},"session_id":")" + id +
         R"(","public_id":")" + public_id + R"(","date_expires":{"$date":{"$numberLong":")" +
         std::to_string(to_unix(expires_at) * 1000 + 999) +
         R"("}},"date_created":{"$date":"2015-11-20T15:04:05Z"}})";
}

struct KitFixture : Fixture {
  auth::ImportReport import(const std::string& users, const std::string& sessions = "[]",
                            bool if_not_exists = false) {
    faults.clear();
    auth::UserImport work =
        t->import_users({.if_not_exists = if_not_exists,
                         .on_fault =
                             [&](const auth::ImportFault& fault) {
                               faults.push_back(std::string(fault.input) + " " +
                                                std::to_string(fault.line) + " " + fault.id);
                             },
                         .on_progress = {}});
    work.read_users(auth::UserFormat::kKit, text_source(users));
    work.read_sessions(text_source(sessions));
    return work.report();
  }
  std::string bills(Time expires_at) const {
    return session("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "6dcda2da-92c3-41e5-8994-feff819cdc9f",
                   expires_at);
  }
  std::string adas(Time expires_at) const {
    return session("3f2504e0-4f89-41d3-9a0c-0305e82c3302", "11111111-2222-4333-8444-555555555555",
                   expires_at);
  }
  bool accepts(const char* token) { return valid(t->tokens().validate(token)) != nullptr; }
  bool logs_in(const std::string& email, std::string_view password) {
    return std::holds_alternative<auth::LoggedIn>(t->users().login(email, secret(password)));
  }

  std::vector<std::string> faults;
  const Time soon = clock.now() + std::chrono::hours(1);
};

using Faults = std::vector<std::string>;

// What is wrong with the only user of a file, or nothing.
std::string fault_of(std::string document) {
  const auto reader = auth::open_kit_users(text_source(std::move(document)));
  auth::UserRecord record;
  REQUIRE(reader->next(record));
  return record.fault ? record.fault->message() : "nothing";
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE_METHOD(KitFixture, "kit: passwords and web tokens go on as they were") {
  const bool array = GENERATE(false, true);
  const auto users = array ? "[" + kBill + ",\n" + kAda + "]\n" : kBill + "\n" + kAda + "\n";
  const auto report = import(users, bills(soon) + "\n" + adas(soon) + "\n");
  CHECK(faults == Faults{});
  CHECK(report.created == 2);
  CHECK(report.sessions == 2);

  CHECK(accepts(kBillsToken));
  CHECK(accepts(kAdasToken));
  std::string forged = kBillsToken;
  forged[90] = forged[90] == 'A' ? 'B' : 'A';
  CHECK_FALSE(accepts(forged.c_str()));
  CHECK_FALSE(logs_in("ada.lovelace@example.com", "correct horse batterY"));
  CHECK(logs_in("Ada.Lovelace@Example.COM", "correct horse battery"));
  CHECK(accepts(kAdasToken));  // although the login has rehashed the password

  const User ada = t->users().get(by_email("ada.lovelace@example.com"));
  CHECK(ada.public_id == "11111111-2222-4333-8444-555555555555");
  CHECK(ada.created_at == clock.now());  // kit did not know
  const User bill = t->users().get(by_email("bill@ardanlabs.com"));
  CHECK(bill.created_at == from_unix(1448031845));
  t->audit().verify();
  CHECK(t->database().check().empty());
}

TEST_CASE_METHOD(KitFixture, "kit: a new password ends what hung on the old one") {
  import(kBill, bills(soon));
  REQUIRE(accepts(kBillsToken));
  t->users().set_password(by_email("bill@ardanlabs.com"), secret("another password"));
  CHECK_FALSE(accepts(kBillsToken));
  import(kBill, replaced(bills(soon), "3301", "3309"), true);
  CHECK(faults == Faults{"sessions 1 session.not_kit"});
}

TEST_CASE_METHOD(KitFixture,
                 "kit: what its tokens derive from is forgotten with the last of them") {
  import(kBill, bills(soon) + "\n" + replaced(bills(soon), "3301", "3309"));
  const auto kept = [&] {
    return raw().one("SELECT count(kit_hash) + count(kit_email) FROM users");
  };
  const UserRef bill = by_email("bill@ardanlabs.com");
  REQUIRE(kept() == "2");
  SECTION("one after the other") {
    t->sessions().revoke("3f2504e0-4f89-41d3-9a0c-0305e82c3309");
    CHECK(kept() == "2");
    CHECK(accepts(kBillsToken));
    t->sessions().revoke("3f2504e0-4f89-41d3-9a0c-0305e82c3301");
  }
  SECTION("all at once") { CHECK(t->sessions().revoke_all(bill, {}) == 2); }
  SECTION("another password") { t->users().set_password(bill, secret("another password")); }
  CHECK(kept() == "0");
}

TEST_CASE_METHOD(KitFixture, "kit: sessions keep their expiry") {
  const auto report = import(kBill + "\n" + kAda, bills(soon) + "\n" + adas(clock.now()));
  CHECK(report.sessions == 1);
  CHECK(report.sessions_skipped == 1);
  CHECK(accepts(kBillsToken));
  clock.set(soon);
  CHECK_FALSE(accepts(kBillsToken));
}

TEST_CASE_METHOD(KitFixture, "kit: sessions that nobody can use") {
  const User bill = user();
  const auto report = import(
      kBill, "[" + bills(soon) + ",\n" + adas(soon) + ",\n" + bills(soon) + ",\n" +
                 session("3f2504e0-4f89-41d3-9a0c-0305e82c3303", bill.public_id, soon) + ",\n" +
                 session("3F2504E0-4F89-41D3-9A0C-0305E82C3304", bill.public_id, soon) + "]");
  CHECK(report.sessions == 1);
  CHECK(faults == Faults{"sessions 2 user.not_found", "sessions 3 session.exists",
                         "sessions 4 session.not_kit", "sessions 5 import.value"});
}

TEST_CASE_METHOD(KitFixture, "kit: run again, it finds everything there") {
  import(kBill, bills(soon));
  const auto report = import(kBill + "\n" + kAda, bills(soon) + "\n" + adas(soon), true);
  CHECK(faults == Faults{});
  CHECK(report.created == 1);
  CHECK(report.skipped == 1);
  CHECK(report.sessions == 1);
  CHECK(report.sessions_skipped == 1);
}

TEST_CASE_METHOD(KitFixture, "kit: a dry run comes to what the import then comes to") {
  const auto gone =
      replaced(replaced(kAda, "\"is_deleted\":false", "\"is_deleted\":true"), "1111", "2222");
  const auto users = kBill + "\n" + kAda + "\n" + gone + "\n" + kBill;
  const auto sessions = bills(soon) + "\n" + adas(soon) + "\n" + adas(soon) + "\n" +
                        replaced(replaced(adas(soon), "1111", "2222"), "3302", "3307") + "\n" +
                        replaced(bills(soon), "6dcda2da", "7dcda2da");
  Config rehearsal = config();
  rehearsal.dry_run = true;
  t = std::make_unique<Tokctl>(open(rehearsal, clock, random));
  const auto played = import(users, sessions);
  const auto expected = faults;
  CHECK(t->database().status().users == 0);
  reopen();
  const auto done = import(users, sessions);
  CHECK(faults == expected);
  CHECK(faults ==
        Faults{"users 4 user.exists", "sessions 3 session.exists", "sessions 5 user.not_found"});
  CHECK(played.created == done.created);
  CHECK(played.sessions == done.sessions);
  CHECK(played.sessions_skipped == done.sessions_skipped);
  CHECK(done.created == 3);
  CHECK(done.sessions == 2);
  CHECK(done.sessions_skipped == 1);
}

TEST_CASE_METHOD(KitFixture, "kit: only status 1 was let in") {
  const std::string status =
      GENERATE("0", "2", "null", "2.0", R"({"$numberLong":"2"})", R"({"$numberDouble":"2.0"})");
  CAPTURE(status);
  import(replaced(kBill, "\"status\":1", "\"status\":" + status), bills(soon));
  CHECK(faults == Faults{});
  CHECK(t->users().get(by_email("bill@ardanlabs.com")).status == UserStatus::kDisabled);
  CHECK_FALSE(accepts(kBillsToken));
  t->users().enable(by_email("bill@ardanlabs.com"));
  CHECK(accepts(kBillsToken));
}

TEST_CASE_METHOD(KitFixture, "kit: a deleted user comes deleted") {
  const auto report =
      import(replaced(kBill, "\"is_deleted\":false", "\"is_deleted\":true"), bills(soon));
  CHECK(report.created == 1);
  CHECK(report.sessions_skipped == 1);
  CHECK_FALSE(t->users().find(by_email("bill@ardanlabs.com")));
  CHECK(t->users().restore(by_email("bill@ardanlabs.com")).changed);
}

TEST_CASE("kit: documents that are no users") {
  CHECK(fault_of(kBill) == "nothing");
  CHECK(fault_of(replaced(kBill, "{", R"({"groups":[{"$oid":"x"}],"extra":{"$date":1},)")) ==
        "nothing");
  CHECK(fault_of(replaced(kBill, "6dcda2da", "6DCDA2DA")) ==
        "public_id is not a UUID in lower case");
  CHECK(fault_of(replaced(kBill, "private_id", "secret_id")) == "private_id is not a string");
  CHECK(fault_of(replaced(kBill, "\"bill@ardanlabs.com\"", "7")) == "email is not a string");
  CHECK(fault_of(replaced(kBill, "\"status\":1", "\"status\":3")) == "status is not 0, 1 or 2");
  CHECK(fault_of(replaced(kBill, "\"status\":1", "\"status\":1.5")) == "status is not 0, 1 or 2");
  CHECK(fault_of(replaced(kBill, "\"status\":1", "\"status\":\"1\"")) == "status is not 0, 1 or 2");
  CHECK(fault_of(replaced(kBill, "false", "0")) == "is_deleted is not true or false");
  CHECK(fault_of("{}") == "public_id is not a string");
  CHECK(fault_of("7") == "not one JSON object with each member once");
}

TEST_CASE("kit: dates of Extended JSON") {
  const auto created = [](const std::string& date) -> std::string {
    const auto reader = auth::open_kit_users(
        text_source(replaced(kBill, R"({"$date":"2015-11-20T10:04:05.123-0500"})", date)));
    auth::UserRecord record;
    REQUIRE(reader->next(record));
    if (record.fault) return "fault";
    return record.user.created_at ? std::to_string(to_unix(*record.user.created_at)) : "nothing";
  };
  CHECK(created(R"({"$date":"2015-11-20T10:04:05.123-0500"})") == "1448031845");
  CHECK(created(R"({"$date":"2015-11-20T10:04:05-05:00"})") == "1448031845");
  CHECK(created(R"({"$date":"2015-11-20T15:04:05Z"})") == "1448031845");
  CHECK(created(R"({"$date":1448031845123})") == "1448031845");
  CHECK(created(R"({"$date":{"$numberLong":"1448031845123"}})") == "1448031845");
  CHECK(created(R"({"$date":{"$numberLong":"-62135596800000"}})") == "nothing");
  CHECK(created(R"({"$date":"0001-01-01T00:00:00Z"})") == "nothing");
  CHECK(created("null") == "nothing");
  for (const char* date :
       {R"("2015-11-20T15:04:05Z")", "1448031845123", R"({"$date":"2015-11-20"})",
        R"({"$date":"7d"})", R"({"$date":1.5})", R"({"$date":9223372036854775807})",
        R"({"$date":18446744073709551615})", R"({"$date":{"$numberLong":"1e3"}})",
        R"({"$date":{"$numberLong":"9223372036854775808"}})", R"({"$date":1,"x":2})",
        R"({"$timestamp":{"t":1,"i":1}})", "[]", "{}"}) {
    CAPTURE(date);
    CHECK(created(date) == "fault");
  }
}
