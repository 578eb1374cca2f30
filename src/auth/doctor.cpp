// diagnose: one look at everything that has to be right.
#include <fmt/format.h>

#include <functional>

#include "auth/audit.h"
#include "auth/opening.h"
#include "base/error.h"
#include "base/file.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "db/migrate.h"
#include "db/root_key.h"

namespace tokctl::auth {
namespace {

// Runs `look`, which returns what it saw; what it throws is a failed check.
bool examine(std::vector<Check>& checks, std::string_view name,
             const std::function<std::string()>& look) {
  try {
    checks.push_back({name, true, look()});
  } catch (const Error& error) {
    checks.push_back({name, false, error.message()});
  }
  return checks.back().passed;
}

}  // namespace

std::vector<Check> diagnose(const Config& config) {
  std::vector<Check> checks;
  SystemClock clock;
  SystemRandom random;
  Config careful = config;
  careful.create = careful.upgrade = false;

  const bool key_file = examine(checks, "key file", [&] {
    const std::string path = key_file_of(config);
    const auto keyring = crypto::load_keyring(path);
    return fmt::format("{} holds {} root key{}", printable(path), keyring.ids().size(),
                       keyring.ids().size() == 1 ? "" : "s");
  });
  const bool database = examine(checks, "database", [&] {
    const auto pool = make_pool(careful);
    const auto db = pool->borrow();
    const std::string trouble = db->connection().check();
    if (!trouble.empty()) throw Error(Code::kIntegrity, "db.damaged", trouble);
    return without_password(config.db) + " opens and is sound";
  });
  const bool schema =
      database && examine(checks, "schema", [&] {
        const auto version = db::schema_version(*make_pool(careful)->borrow()).value_or(0);
        if (version != db::kSchemaVersion) {
          throw Error(
              Code::kIntegrity, "db.version",
              fmt::format("schema {} where this program knows {}", version, db::kSchemaVersion));
        }
        return fmt::format("schema {}, as this program knows it", version);
      });
  if (!key_file || !schema) return checks;

  std::unique_ptr<Context> context;
  examine(checks, "root key", [&] {
    context = open_context(careful, clock, random);
    return "the database's active root key is held";
  });
  if (!context) return checks;
  examine(checks, "audit log", [&] {
    const auto report = Audit(*context).verify();
    return fmt::format("{} events, the chain is whole", report.checked);
  });
  examine(checks, "clock", [&] {
    const auto newest = Audit(*context).list({.limit = 1});
    if (!newest.rows.empty() && newest.rows.front().at > clock.now() + std::chrono::minutes(5)) {
      throw Error(Code::kIntegrity, "clock.behind",
                  "the last event was written at " + format_rfc3339(newest.rows.front().at) +
                      ", which is in the future");
    }
    return "agrees with the audit log";
  });
  return checks;
}

}  // namespace tokctl::auth
