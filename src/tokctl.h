// libtokctl: everything the tokctl command does, for a C++ program.
//
//   tokctl::Config config;
//   config.db = "sqlite:/var/lib/app/tokctl.db";
//   auto t = tokctl::open(config);
//   auto user = t.users().create({.email = "bill@example.com", .full_name = "Bill"});
//   const tokctl::Verdict verdict = t.tokens().validate(presented);
//   if (const tokctl::Principal* who = tokctl::valid(verdict)) ...
//
// Thread-safe after `open`. Whatever stops the work is a tokctl::Error; a refused credential is a
// value.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "auth/audit.h"
#include "auth/cache.h"
#include "auth/database.h"
#include "auth/jwks.h"
#include "auth/sessions.h"
#include "auth/tokens.h"
#include "auth/upkeep.h"
#include "auth/user_export.h"
#include "auth/user_import.h"
#include "auth/users.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/error.h"
#include "base/random.h"
#include "base/secret.h"
#include "oauth/oauth.h"

namespace tokctl {

// An open database with its root keys. Movable; closing is destruction.
class Tokctl {
 public:
  explicit Tokctl(std::unique_ptr<auth::Context> context);
  Tokctl(Tokctl&&) noexcept;
  Tokctl& operator=(Tokctl&&) noexcept;
  ~Tokctl();

  auth::Users& users();
  auth::Sessions& sessions();
  auth::Tokens& tokens();
  auth::Jwks& jwks();
  auth::Audit& audit();
  auth::Database& database();
  auth::Cache& cache();
  auth::Upkeep& upkeep();
  oauth::OAuth& oauth();

  // Many users at once, from a file and into one:
  //   auto import = t.import_users({.if_not_exists = true});
  //   import.read_users(auth::UserFormat::kCsv, file);
  auth::UserImport import_users(auth::ImportOptions options);
  std::int64_t export_users(const auth::ExportOptions& options,
                            const std::function<void(std::string_view line)>& out);

 private:
  struct Nouns;
  std::unique_ptr<auth::Context> context_;
  std::unique_ptr<Nouns> nouns_;
};

// Opens the database and key file that `config` names. With config.create, a SQLite file that does
// not exist is made, and with it, if missing too, the key file (config.notice is told); with
// config.upgrade, an older schema in such a file is brought up to date. On a database server that
// is what `tokctl init` and `tokctl db migrate` are for. Throws Error: kUnavailable (cannot be
// opened), kIntegrity (older or newer schema, none, not tokctl's; key file missing, unsafe or of
// another database).
Tokctl open(const Config& config);

// As above with time and randomness from the caller, who keeps them alive.
Tokctl open(const Config& config, Clock& clock, Random& random);

}  // namespace tokctl
