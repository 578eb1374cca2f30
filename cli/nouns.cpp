#include "cli/nouns.h"

#include <array>

namespace tokctl::cli {

std::span<const Noun> nouns() {
  static const std::array kNouns{
      Noun{"init", "Set up the database and the root keys", add_init},
      Noun{"user", "Create, change and log in users", add_user},
      Noun{"session", "List and end sessions", add_session},
      Noun{"token", "Issue, validate and revoke tokens", add_token},
      Noun{"jwk", "Look after the keys that sign JWTs", add_jwk},
      Noun{"oauth", "Keep credentials that others issued, always fresh", add_oauth},
      Noun{"cache", "Look after what is remembered of verdicts", add_cache},
      Noun{"audit", "Read and prove the log of every change", add_audit},
      Noun{"db", "Look after the database", add_db},
      Noun{"config", "Show settings and where they come from", add_config},
      Noun{"doctor", "Check everything that has to be right", add_doctor},
      Noun{"gc", "Delete what ended long ago", add_gc},
      Noun{"serve", "Answer web servers over HTTP", add_serve},
      Noun{"completion", "Print a completion script for a shell", add_completion},
      Noun{"version", "Show the version", add_version},
  };
  return kNouns;
}

}  // namespace tokctl::cli
