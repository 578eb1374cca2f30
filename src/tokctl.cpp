#include "tokctl.h"

#include <utility>

#include "auth/opening.h"
#include "oauth/refresh_duty.h"

namespace tokctl {
namespace {

constexpr Seconds kKeysEvery{300};  // between two looks for keys that are new

}  // namespace

struct Tokctl::Nouns {
  explicit Nouns(auth::Context& context)
      : users(context),
        sessions(context),
        tokens(context),
        jwks(context),
        audit(context),
        database(context),
        cache(context),
        oauth(context),
        upkeep(context, tokens) {
    upkeep.add(oauth::refresh_duty(oauth.grants()));
    upkeep.add(
        {.every = kKeysEvery, .work = [this](const auto&, const auto&) { tokens.load_keys(); }});
  }
  auth::Users users;
  auth::Sessions sessions;
  auth::Tokens tokens;
  auth::Jwks jwks;
  auth::Audit audit;
  auth::Database database;
  auth::Cache cache;
  oauth::OAuth oauth;
  auth::Upkeep upkeep;  // ended before what it looks after
};

Tokctl::Tokctl(std::unique_ptr<auth::Context> context)
    : context_(std::move(context)), nouns_(std::make_unique<Nouns>(*context_)) {}
Tokctl::Tokctl(Tokctl&&) noexcept = default;
Tokctl& Tokctl::operator=(Tokctl&&) noexcept = default;
Tokctl::~Tokctl() = default;

auth::Users& Tokctl::users() { return nouns_->users; }
auth::Sessions& Tokctl::sessions() { return nouns_->sessions; }
auth::Tokens& Tokctl::tokens() { return nouns_->tokens; }
auth::Jwks& Tokctl::jwks() { return nouns_->jwks; }
auth::Audit& Tokctl::audit() { return nouns_->audit; }
auth::Database& Tokctl::database() { return nouns_->database; }
auth::Cache& Tokctl::cache() { return nouns_->cache; }
auth::Upkeep& Tokctl::upkeep() { return nouns_->upkeep; }
oauth::OAuth& Tokctl::oauth() { return nouns_->oauth; }

auth::UserImport Tokctl::import_users(auth::ImportOptions options) {
  return auth::UserImport(*context_, std::move(options));
}

std::int64_t Tokctl::export_users(const auth::ExportOptions& options,
                                  const std::function<void(std::string_view line)>& out) {
  return auth::export_users(*context_, options, out);
}

Tokctl open(const Config& config) {
  // Without state of their own, so that every library user may share them.
  static SystemClock clock;
  static SystemRandom random;
  return open(config, clock, random);
}

Tokctl open(const Config& config, Clock& clock, Random& random) {
  return Tokctl(auth::open_context(config, clock, random));
}

}  // namespace tokctl
