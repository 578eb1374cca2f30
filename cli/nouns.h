// Every noun, and who adds which.
#pragma once

#include <span>
#include <string>

#include "cli/command.h"

namespace tokctl::cli {

struct Noun {
  std::string name;
  std::string summary;
  Command::Build build;
};
std::span<const Noun> nouns();

void add_init(Command& init);
void add_user(Command& user);
void add_session(Command& session);
void add_token(Command& token);
void add_jwk(Command& jwk);
void add_oauth(Command& oauth);
void add_cache(Command& cache);
void add_audit(Command& audit);
void add_db(Command& db);
void add_config(Command& config);
void add_doctor(Command& doctor);
void add_gc(Command& gc);
void add_serve(Command& serve);
void add_completion(Command& completion);
void add_version(Command& version);

// Verbs that have a file of their own.
void add_user_passwd(Command& command);
void add_user_unlock(Command& command);
void add_user_login(Command& command);
void add_user_import(Command& command);
void add_user_export(Command& command);
void add_db_copy(Command& command);
void add_db_backup(Command& command);
void add_db_restore(Command& command);
void add_db_rekey(Command& command);

}  // namespace tokctl::cli
