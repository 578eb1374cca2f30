#include "cli/nouns.h"

#include <array>

namespace tokctl::cli {

std::span<const Noun> nouns() {
  static const std::array kNouns{
      Noun{"init", "Set up the database and the root key", add_init},
      Noun{"user", "Who may log in", add_user},
      Noun{"session", "What tokens hang on", add_session},
      Noun{"token", "Credentials that tokctl issues", add_token},
      Noun{"audit", "The log of every change", add_audit},
      Noun{"db", "The database as a whole", add_db},
      Noun{"config", "Settings and where they come from", add_config},
      Noun{"doctor", "Check everything that has to be right", add_doctor},
      Noun{"gc", "Delete what ended long ago", add_gc},
      Noun{"completion", "Print a completion script for a shell", add_completion},
      Noun{"version", "Show the version", add_version},
  };
  return kNouns;
}

}  // namespace tokctl::cli
