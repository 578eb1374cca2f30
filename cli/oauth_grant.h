// What the verbs of `oauth` share.
#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/context.h"
#include "cli/record.h"
#include "cli/secret_input.h"

namespace tokctl::cli {

struct GrantOptions {
  std::string account;
  std::string provider;
  std::optional<std::string> label;

  GrantRef ref() const { return {account, provider, label.value_or("")}; }
};

// Adds ACCOUNT, --provider and --label.
void add_grant_options(Command& command, GrantOptions& options);

// --min-valid as a duration, or what it is without.
Seconds min_valid_of(const std::optional<std::string>& text);

const Schema& grant_schema();
Row grant_row(const OAuthGrant& grant);
const Schema& provider_schema();
Row provider_row(const OAuthProvider& provider);

void add_oauth_provider(Command& provider);
void add_oauth_login(Command& command);
void add_oauth_save(Command& command);
void add_oauth_get(Command& command);
void add_oauth_exec(Command& command);
void add_oauth_refresh(Command& command);
void add_oauth_revoke(Command& command);
void add_oauth_delete(Command& command);

}  // namespace tokctl::cli
