// What the files of the noun token share.
#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/context.h"
#include "cli/record.h"
#include "model/token.h"

namespace tokctl::cli {

void add_token_issue(Command& command);
void add_token_rotate(Command& command);
void add_token_validate(Command& command);
void add_token_list(Command& command);
void add_token_get(Command& command);
void add_token_revoke(Command& command);
void add_token_leaked(Command& command);

// The words of --type, and its help.
inline constexpr const char* kTokenTypes = "web|api|jwt|refresh|verify";
inline constexpr const char* kTokenTypeHelp =
    "Type of token; web and api are those of this version";

// The type that --type names. Throws Error(kUsage, "token.type") for one of another version.
std::optional<TokenType> token_type(const std::optional<std::string>& type);

// What --ttl means from now on; nothing for `never`. Throws Error(kUsage, "usage.time").
std::optional<Time> expiry_of(Context& context, const std::string& ttl);

}  // namespace tokctl::cli
