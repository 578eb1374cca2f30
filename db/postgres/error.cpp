#include "db/postgres/error.h"

#include <cerrno>
#include <cstring>
#include <new>

namespace tokctl::db::postgres {
namespace {

// SQLSTATE codes, five characters of which the first two are a class: appendix A of PostgreSQL's
// manual.
bool is_one_of(std::string_view state, std::initializer_list<std::string_view> list) {
  for (const std::string_view item : list) {
    if (state.starts_with(item)) return true;
  }
  return false;
}

[[noreturn]] void fail_gone(const Target& target) {
  throw DbError(Trouble::kGone, "db.gone", "the connection to " + target.name + " was lost",
                "check that the server runs");
}

[[noreturn]] void fail_denied(const Target& target) {
  throw DbError(Trouble::kDenied, "db.denied",
                "the role " + target.role + " may not do that in " + target.name,
                "grant it the right, or take another role");
}

[[noreturn]] void fail_full(const Target& target) {
  throw DbError(Trouble::kFull, "db.full", "there is no room left on the disk of " + target.name);
}

[[noreturn]] void fail_crowded(const Target& target) {
  throw DbError(Trouble::kBusy, "db.crowded",
                target.server + " takes no more connections at the moment",
                "try again, or raise max_connections there");
}

[[noreturn]] void fail_state(const Target& target, std::string_view state) {
  if (state == "23505") {
    throw DbError(Trouble::kUnique, "db.unique", "a row with that key exists already");
  }
  if (is_one_of(state, {"40001", "40P01", "55P03"})) {
    throw DbError(Trouble::kBusy, "db.busy", target.name + " is in use by another process",
                  "try again, or wait longer with --timeout");
  }
  if (state == "57014") {
    throw DbError(Trouble::kBusy, "db.slow", target.name + " did not finish a statement in time",
                  "try again, or wait longer with --timeout");
  }
  if (is_one_of(state, {"08", "57P", "25P03"})) fail_gone(target);
  if (state == "25006") {
    throw DbError(Trouble::kDenied, "db.read_only", target.name + " is read-only");
  }
  if (is_one_of(state, {"42501", "28"})) fail_denied(target);
  if (state == "53100") fail_full(target);
  if (state == "53300") fail_crowded(target);
  if (is_one_of(state, {"53"})) {
    throw DbError(Trouble::kBusy, "db.busy", target.server + " is short of memory", "try again");
  }
  if (state == "3F000") {
    throw DbError(Trouble::kGone, "db.missing",
                  target.name + " has no schema of the name in search_path",
                  "create it there, or correct the URL");
  }
  if (is_one_of(state, {"42"})) {
    throw DbError(Trouble::kSchema, "db.schema",
                  target.name + " does not have the tables of its version",
                  "restore it from a backup");
  }
  if (state == "25P02") {
    throw DbError(Trouble::kOther, "db.transaction_lost",
                  "a failure has rolled the transaction back already");
  }
  if (is_one_of(state, {"XX001", "XX002"})) {
    throw DbError(Trouble::kBroken, "db.damaged", target.name + " is damaged",
                  "restore it from a backup");
  }
  if (is_one_of(state, {"58"})) {
    throw DbError(Trouble::kGone, "db.io", "reading or writing " + target.name + " failed");
  }
  if (is_one_of(state, {"23"})) {
    throw DbError(Trouble::kOther, "db.constraint", "a change would break a rule of the schema");
  }
  if (is_one_of(state, {"22"})) {
    throw DbError(Trouble::kOther, "db.value",
                  "a value does not fit its column: too long, or not text of UTF-8 without NUL");
  }
  throw DbError(Trouble::kOther, "db.refused",
                target.name + " refused a statement (SQLSTATE " + std::string(state) + ")");
}

// Of libpq's "connection to server at … failed: FATAL:  28P01" the state at the end; empty when the
// server was not what failed.
std::string_view state_in(std::string_view message) {
  while (message.ends_with('\n')) message.remove_suffix(1);
  constexpr std::size_t kSize = 5;
  if (message.size() < kSize + 2) return {};
  const std::string_view state = message.substr(message.size() - kSize);
  const bool plain =
      state.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
  return plain && message.substr(0, message.size() - kSize).ends_with(":  ") ? state
                                                                             : std::string_view();
}

[[noreturn]] void fail_password(const Target& target, bool given) {
  if (given) {
    throw DbError(Trouble::kDenied, "db.password",
                  target.server + " refuses the password of the role " + target.role,
                  "check PGPASSWORD, PGPASSFILE or ~/.pgpass");
  }
  throw DbError(Trouble::kDenied, "db.password_missing",
                target.server + " wants a password of the role " + target.role,
                "put it into ~/.pgpass, or where PGPASSFILE says");
}

// The server answered, and refused.
[[noreturn]] void fail_greeting(const Target& target, std::string_view state) {
  if (state == "28P01") fail_password(target, true);
  if (state == "3D000") {
    throw DbError(Trouble::kGone, "db.missing",
                  "there is no database " + target.database + " on " + target.server,
                  "createdb " + target.database);
  }
  if (is_one_of(state, {"28"})) {
    if (target.tls_refused) {
      throw DbError(Trouble::kDenied, "db.tls_required",
                    target.server + " does not let the role " + target.role + " in without TLS",
                    "take sslmode=disable out of the URL, or see pg_hba.conf there");
    }
    throw DbError(Trouble::kDenied, "db.denied",
                  target.server + " does not let the role " + target.role + " in",
                  "check the role's name; see pg_hba.conf there");
  }
  if (state == "57P03") {
    throw DbError(Trouble::kBusy, "db.starting", target.server + " is starting or stopping",
                  "try again");
  }
  fail_state(target, state);
}

}  // namespace

void fail_url() {
  throw Error(Code::kUsage, "db.url",
              "the database URL says something that PostgreSQL's client does not take",
              "write it as postgres://USER@HOST/DATABASE; see tokctl-databases(7)");
}

void fail(const Target& target, const PGresult* result) {
  const char* state = result != nullptr ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  if (state == nullptr) fail_gone(target);
  fail_state(target, state);
}

// libpq gives no code for what fails before the server answers, so its words have to tell. They are
// English, since nothing here sets a locale, and are looked at without being repeated.
void fail_connecting(const Target& target, PGconn* connection) {
  const std::string_view message = PQerrorMessage(connection);
  const auto says = [&](std::string_view words) {
    return message.find(words) != std::string_view::npos;
  };
  if (const std::string_view state = state_in(message); !state.empty()) {
    fail_greeting(target, state);
  }
  if (message.starts_with("invalid ")) fail_url();
  if (PQconnectionNeedsPassword(connection) != 0) fail_password(target, false);
  if (says("out of memory")) throw std::bad_alloc();
  if (says("could not translate host name")) {
    throw DbError(Trouble::kGone, "db.host", "the host of " + target.server + " is not known",
                  "check the host in the URL");
  }
  if (says("root certificate file")) {
    throw DbError(Trouble::kDenied, "db.tls_authority",
                  "the file of authorities to verify " + target.server + " by is missing",
                  "install ca-certificates, or name a file with sslrootcert= in the URL");
  }
  if (says("certificate")) {
    throw DbError(Trouble::kDenied, "db.tls",
                  "the certificate of " + target.server + " could not be verified",
                  "name the authority that signed it with sslrootcert=FILE in the URL");
  }
  if (says("does not support SSL")) {
    throw DbError(Trouble::kDenied, "db.tls_missing", target.server + " does not speak TLS",
                  "turn it on there, or say sslmode=disable in the URL");
  }
  if (says(std::strerror(EACCES))) {
    throw DbError(Trouble::kDenied, "db.denied",
                  "access to the socket of " + target.server + " is not permitted");
  }
  if (says(std::strerror(ETIMEDOUT))) fail_late(target);
  if (says("SSL") || says("closed the connection")) {
    throw DbError(Trouble::kGone, "db.gone", target.server + " hung up at once",
                  "check that it is a PostgreSQL server, and see its log");
  }
  throw DbError(Trouble::kGone, "db.unreachable", "nobody answers at " + target.server,
                "check host and port in the URL, and that the server runs");
}

void fail_late(const Target& target) {
  throw DbError(Trouble::kGone, "db.timeout", target.server + " does not answer in time",
                "check the network, or wait longer with --timeout");
}

}  // namespace tokctl::db::postgres
