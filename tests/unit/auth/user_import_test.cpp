#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/text_source.h"
#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

constexpr const char* kId = "11111111-2222-4333-8444-555555555555";
constexpr const char* kPrivateId = "0b1f5a3e-7d1c-4c55-9a53-2f1f0f6f4d11";
// Of "correct horse battery".
constexpr const char* kBcrypt = "$2a$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";

struct ImportFixture : Fixture {
  // What became of a file: the report, and each fault as "input line code".
  struct Imported {
    auth::ImportReport report;
    std::vector<std::string> faults;
  };

  Imported import(auth::UserFormat format, const std::string& users,
                  const std::string& sessions = {}, bool if_not_exists = false) {
    Imported done;
    auth::UserImport work =
        t->import_users({.if_not_exists = if_not_exists,
                         .on_fault =
                             [&](const auth::ImportFault& fault) {
                               messages += fault.message + "\n";
                               done.faults.push_back(std::string(fault.input) + " " +
                                                     std::to_string(fault.line) + " " + fault.id);
                             },
                         .on_progress = {}});
    work.read_users(format, text_source(users));
    if (!sessions.empty()) work.read_sessions(text_source(sessions));
    done.report = work.report();
    CHECK(done.report.failed == static_cast<std::int64_t>(done.faults.size()));
    return done;
  }
  Imported csv(const std::string& text, bool if_not_exists = false) {
    return import(auth::UserFormat::kCsv, text, {}, if_not_exists);
  }
  Imported jsonl(const std::string& text) { return import(auth::UserFormat::kJsonl, text); }

  // The fault of the only record.
  std::string fault_of(const std::string& header, const std::string& line) {
    const auto done = csv(header + "\n" + line + "\n");
    CHECK(done.report.created + done.report.failed == 1);
    return done.faults.empty() ? "nothing" : done.faults.front().substr(sizeof "users 2");
  }

  std::string exported(const auth::ExportOptions& options) {
    std::string text;
    t->export_users(options, [&](std::string_view line) { text += line; });
    return text;
  }
  bool logs_in(const std::string& email, std::string_view password) {
    return std::holds_alternative<auth::LoggedIn>(t->users().login(email, secret(password)));
  }

  std::string messages;
};

using Faults = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(ImportFixture, "import: a file of users, each with its own password or none") {
  const auto done =
      csv("email,full_name,password,status,password_hash\r\n"
          "Clear@Example.com,Clear,correct horse battery,,\r\n"
          "bcrypt@example.com,\"Bcrypt, \"\"B\"\"\",,disabled," +
          std::string(kBcrypt) +
          "\r\n"
          "none@example.com,None,,active,\r\n");
  CHECK(done.faults == Faults{});
  CHECK(done.report.created == 3);
  CHECK(logs_in("clear@example.com", "correct horse battery"));
  CHECK_FALSE(logs_in("bcrypt@example.com", "correct horse battery"));
  t->users().enable(by_email("bcrypt@example.com"));
  CHECK(logs_in("bcrypt@example.com", "correct horse battery"));
  CHECK_FALSE(logs_in("none@example.com", ""));
  CHECK(t->users().get(by_email("bcrypt@example.com")).full_name == "Bcrypt, \"B\"");
  CHECK_FALSE(t->users().get(by_email("none@example.com")).has_password);
  CHECK(t->audit().verify().checked > 3);
  CHECK(t->audit().list({.type = "user.imported"}).rows.size() == 3);
}

TEST_CASE_METHOD(ImportFixture, "import: a bad record fails alone, and is told by its line") {
  const auto done =
      csv("email,full_name\n"
          "a@example.com,A\n"
          "nobody,B\n"
          "\n"
          "c@example.com,\n"
          "d@example.com,\"D\n"
          "D\"\n"
          "e@example.com\n"
          "A@EXAMPLE.COM,A again\n"
          "g@example.com,G\n"
          "h@example.com,\"H\n");
  CHECK(done.report.created == 2);
  CHECK(done.faults == Faults{"users 3 user.email", "users 5 user.name", "users 6 user.name",
                              "users 8 import.malformed", "users 9 user.exists",
                              "users 11 import.malformed"});
  CHECK(messages.find("user a@example.com already exists\n") != std::string::npos);
  CHECK(t->users().list({}).rows.size() == 2);
}

TEST_CASE_METHOD(ImportFixture, "import: a header names columns of users, each once") {
  const auto refused = [&](const std::string& text) { return error_of([&] { csv(text); }); };
  CHECK(refused("") == "import.header");
  CHECK(refused("a@example.com,Bill,secret password\n") == "import.header");
  CHECK(refused("email\na@example.com\n") == "import.header");
  CHECK(refused("email,full_name,shoe_size\n") == "import.header");
  CHECK(refused("email,full_name,email\n") == "import.header");
  CHECK(refused("Email,Full_Name\n") == "import.header");
  CHECK(refused("\"email,full_name\n") == "import.header");
  CHECK(refused("full_name,status,email\n") == "nothing");
}

TEST_CASE_METHOD(ImportFixture, "import: what a file without header holds is not repeated") {
  try {
    csv("a@example.com,Bill,secret password\n");
    FAIL("taken");
  } catch (const Error& error) {
    CHECK((error.message() + error.hint()).find("secret") == std::string::npos);
    CHECK((error.message() + error.hint()).find("Bill") == std::string::npos);
  }
}

TEST_CASE_METHOD(ImportFixture, "import: passwords and hashes are judged, and never repeated") {
  const std::string hash = "email,full_name,password_hash";
  const std::string bcrypt = kBcrypt;
  const std::string dear = "$2a$13$" + bcrypt.substr(7);
  CHECK(fault_of(hash, "a@example.com,A," + dear) == "password.cost");
  CHECK(fault_of(hash, "a@example.com,A," + bcrypt.substr(1)) == "password.hash");
  CHECK(fault_of(hash, "a@example.com,A,secret in clear") == "password.hash");
  CHECK(fault_of("email,full_name,password", "a@example.com,A," + bcrypt) == "password.is_hash");
  CHECK(fault_of("email,full_name,password", "a@example.com,A," + dear) == "password.is_hash");
  CHECK(fault_of("email,full_name,password", "a@example.com,A,secret") == "password.weak");
  CHECK(fault_of("email,full_name,password", "a@example.com,A," + std::string(129, 's')) ==
        "password.invalid");
  CHECK(fault_of("email,full_name,password,password_hash",
                 "a@example.com,A,secret 123," + bcrypt) == "password.twice");
  const std::string schemes = hash + ",password_scheme,private_id";
  const std::string id = kPrivateId;
  CHECK(fault_of(schemes, "a@example.com,A," + bcrypt + ",argon2," + id) == "password.scheme");
  CHECK(fault_of(schemes, "a@example.com,A," + bcrypt + ",v1," + id) == "password.scheme");
  CHECK(fault_of(schemes, "a@example.com,A," + bcrypt + ",none," + id) == "password.scheme");
  CHECK(fault_of(schemes, "a@example.com,A," + bcrypt + ",kit,") == "password.scheme");
  CHECK(fault_of(schemes, "a@example.com,A,,bcrypt,") == "password.scheme");
  CHECK(fault_of(schemes, "a@example.com,A," + bcrypt + ",md5,") == "import.value");
  CHECK(fault_of(schemes, "a@example.com,A," + bcrypt + ",," + "X" + id.substr(1)) ==
        "import.value");
  CHECK(messages.find("secret") == std::string::npos);
  CHECK(messages.find("$2") == std::string::npos);
  CHECK(t->users().list({}).rows.empty());
}

TEST_CASE_METHOD(ImportFixture, "import: values that are none") {
  const std::string header = "email,full_name,public_id,status,created_at";
  CHECK(fault_of(header, "a@example.com,A,6DCDA2DA-92C3-41E5-8994-FEFF819CDC9F,,") ==
        "import.value");
  CHECK(fault_of(header, "a@example.com,A,,locked,") == "import.value");
  CHECK(fault_of(header, "a@example.com,A,,,7d") == "import.value");
  CHECK(fault_of(header, "a@example.com,A,,,2026-02-30T00:00:00Z") == "import.value");
  CHECK(fault_of(header, "a@example.com,A,,,2026-02-28T00:00:00Z") == "nothing");
}

TEST_CASE_METHOD(ImportFixture, "import: what exists is a fault, or passed over when asked") {
  const User bill = user("bill@example.com");
  const std::string file =
      "email,full_name,public_id\nBILL@example.com,Other,\nnew@example.com,New," + bill.public_id +
      "\n";
  CHECK(csv(file).faults == Faults{"users 2 user.exists", "users 3 user.id_exists"});
  const auto again = csv(file, true);
  CHECK(again.faults == Faults{});
  CHECK(again.report.skipped == 2);
  CHECK(t->users().get(by_id(bill)).full_name == "Bill Kennedy");
}

TEST_CASE_METHOD(ImportFixture, "import: stopped between batches, it goes on where it was") {
  std::string file = "email,full_name\n";
  for (int i = 0; i < 1200; ++i) file += "u" + std::to_string(i) + "@example.com,U\n";
  auth::UserImport stopped =
      t->import_users({.on_fault = {}, .on_progress = [](std::int64_t) {
                         throw Error(Code::kInterrupted, "interrupted", "interrupted");
                       }});
  CHECK(error_of([&] { stopped.read_users(auth::UserFormat::kCsv, text_source(file)); }) ==
        "interrupted");
  const auto stored = stopped.report().created;
  CHECK(stored > 0);
  CHECK(stored < 1200);
  CHECK(t->database().status().users == stored);

  const auto rest = csv(file, true);
  CHECK(rest.report.skipped == stored);
  CHECK(rest.report.created == 1200 - stored);
  t->audit().verify();
}

TEST_CASE_METHOD(ImportFixture,
                 "import: when a fault cannot be told, what is stored is counted all the same") {
  auth::UserImport work =
      t->import_users({.on_fault =
                           [](const auth::ImportFault&) {
                             throw Error(Code::kInternal, "output.failed", "no space left");
                           },
                       .on_progress = {}});
  CHECK(error_of([&] {
          work.read_users(auth::UserFormat::kCsv,
                          text_source("email,full_name\nnobody,A\nb@example.com,B\n"));
        }) == "output.failed");
  CHECK(work.report().created == 1);
  CHECK(work.report().failed == 1);
  CHECK(t->database().status().users == 1);
}

TEST_CASE_METHOD(ImportFixture, "import: a dry run comes to what the import then comes to") {
  std::string file = "email,full_name,public_id\n";
  for (int i = 0; i < 1100; ++i) file += "u" + std::to_string(i) + "@example.com,U,\n";
  file += "U7@example.com,Again,\n";  // of an earlier batch
  file += std::string("x@example.com,X,") + kId + "\ny@example.com,Y," + kId + "\n";
  user("u3@example.com");

  Config rehearsal = config();
  rehearsal.dry_run = true;
  Imported played;
  {
    Tokctl other = open(rehearsal, clock, random);
    std::swap(*t, other);
    played = csv(file);
    std::swap(*t, other);
  }
  CHECK(t->database().status().users == 1);
  const auto done = csv(file);
  CHECK(played.faults == done.faults);
  CHECK(played.report.created == done.report.created);
  CHECK(done.report.created == 1100);
  CHECK(done.report.failed == 3);
}

TEST_CASE_METHOD(ImportFixture, "import: JSON lines and an array come to the same") {
  const std::string one = R"({"email":"a@example.com","full_name":"A \u00e9 🦄","status":null})";
  const std::string two = R"({"full_name":"B","email":"b@example.com","password_hash":")" +
                          std::string(kBcrypt) + "\"}";
  const bool array = GENERATE(false, true);
  const auto done = jsonl(array ? "[" + one + ",\n" + two + "]" : one + "\n" + two + "\n");
  CHECK(done.faults == Faults{});
  CHECK(t->users().get(by_email("a@example.com")).full_name == "A é 🦄");
  CHECK(logs_in("b@example.com", "correct horse battery"));
}

TEST_CASE_METHOD(ImportFixture, "import: broken JSON lines fail alone") {
  const auto done = jsonl(
      "{\"email\":\"a@example.com\",\"full_name\":\"A\"}\n"
      "{\"email\":\"b@example.com\",\"full_name\":\"B\"\n"
      "{\"email\":\"c@example.com\",\"full_name\":\"C\",\"email\":\"d@example.com\"}\n"
      "{\"email\":\"e@example.com\",\"full_name\":\"E\",\"shoe_size\":\"44\"}\n"
      "{\"email\":\"f@example.com\",\"full_name\":7}\n"
      "[]\n"
      "{\"email\":\"g@example.com\",\"full_name\":\"G\"}\n");
  CHECK(done.report.created == 2);
  CHECK(done.faults == Faults{"users 2 import.malformed", "users 3 import.malformed",
                              "users 4 import.malformed", "users 5 import.value",
                              "users 6 import.malformed"});
}

TEST_CASE_METHOD(ImportFixture,
                 "export: what it writes, an import elsewhere reads, byte for byte") {
  csv("email,full_name,password,status\n"
      "a@example.com,\"Zoë \"\"Z\"\", 𠮷田 👩‍👩‍👧‍👦\",correct horse battery,\n"
      "b@example.com,'; DROP TABLE users;--,,disabled\n"
      "c@example.com,שלום,,\n"
      "d@example.com, spaced ,,\n");
  t->users().remove(by_email("c@example.com"));
  csv("email,full_name,password_hash\ne@example.com,E," + std::string(kBcrypt) + "\n");
  const auto format = GENERATE(auth::UserFormat::kCsv, auth::UserFormat::kJsonl);
  const auth::ExportOptions options{.format = format, .with_hashes = true, .deleted = true};
  const std::string file = exported(options);

  ImportFixture elsewhere;
  const auto done = elsewhere.import(format, file);
  CHECK(done.faults == Faults{});
  CHECK(done.report.created == 5);
  CHECK(elsewhere.exported(options) == file);
  CHECK(elsewhere.logs_in("a@example.com", "correct horse battery"));
  CHECK(elsewhere.logs_in("e@example.com", "correct horse battery"));
  CHECK(elsewhere.t->users().restore(by_email("c@example.com")).changed);
}

TEST_CASE_METHOD(ImportFixture, "export: no secret unless asked for, and then on the record") {
  csv("email,full_name,password_hash\na@example.com,A," + std::string(kBcrypt) + "\n");
  const auto format = GENERATE(auth::UserFormat::kCsv, auth::UserFormat::kJsonl);
  const std::string plain = exported({.format = format});
  CHECK(plain.find("$2") == std::string::npos);
  CHECK(plain.find("private_id") == std::string::npos);
  CHECK(t->audit().list({.type = "user.hashes_exported"}).rows.empty());
  CHECK(exported({.format = format, .with_hashes = true}).find(kBcrypt) != std::string::npos);
  CHECK(t->audit().list({.type = "user.hashes_exported"}).rows.size() == 1);
}

TEST_CASE_METHOD(ImportFixture, "export: pages join without gap or overlap") {
  std::string file = "email,full_name\n";
  for (int i = 0; i < 1500; ++i) file += "u" + std::to_string(i) + "@example.com,U\n";
  csv(file);
  std::string text = exported({.format = auth::UserFormat::kJsonl});
  CHECK(std::count(text.begin(), text.end(), '\n') == 1500);
  ImportFixture elsewhere;
  CHECK(elsewhere.jsonl(text).report.created == 1500);
}

TEST_CASE_METHOD(ImportFixture,
                 "import: roles, phone and what was verified come back as exported") {
  const auto done = csv(
      "email,full_name,public_id,roles,phone,email_verified_at,phone_verified_at\n"
      "a@example.com,A," +
      std::string(kId) + ",admin ops,+966500000000,2026-01-02T03:04:05Z,2026-01-02T03:04:06Z\n");
  CHECK(done.report.created == 1);
  const User user = t->users().get(by_email("a@example.com"));
  CHECK(user.roles == std::vector<std::string>{"admin", "ops"});
  CHECK(user.phone == "+966500000000");
  CHECK(to_unix(*user.phone_verified_at) - to_unix(*user.email_verified_at) == 1);
  const std::string text = exported({});
  CHECK(text.find("admin ops,+966500000000,2026-01-02T03:04:05Z,2026-01-02T03:04:06Z") !=
        std::string::npos);
  CHECK(fault_of("email,full_name,roles", "b@example.com,B,admin admin") == "user.role");
  CHECK(fault_of("email,full_name,phone", "c@example.com,C,0500") == "user.phone");
}

TEST_CASE_METHOD(ImportFixture,
                 "import: the first login makes the hash one of ours, and no later one") {
  const std::string email = "old@example.com";
  csv("email,full_name,password_hash\n" + email + ",Old," + kBcrypt + "\n");
  const auto web = issue(t->users().get(by_email(email)));
  const auto stored = [&] {
    return raw().one("SELECT password_scheme || ' ' || password_hash FROM users");
  };
  const std::string imported = stored();
  const auto rehashed = [&] {
    return raw().all("SELECT detail FROM events WHERE type = 'user.login'", 0);
  };
  clock.advance(Seconds(60));
  CHECK_FALSE(logs_in(email, "wrong horse battery"));
  CHECK(stored() == imported);
  CHECK(logs_in(email, "correct horse battery"));
  const std::string ours = stored();
  CHECK(ours.starts_with("v1 "));
  CHECK(rehashed() == "{\"rehashed\":true}\n");
  CHECK(accepts(web.token));
  const Time then = clock.now();
  CHECK(t->users().get(by_email(email)).updated_at == then);
  clock.advance(Seconds(60));
  CHECK(logs_in(email, "correct horse battery"));
  CHECK(stored() == ours);
  CHECK(t->users().get(by_email(email)).updated_at == then);
  CHECK(rehashed() == "{\"rehashed\":true}\n{\"rehashed\":false}\n");
}
