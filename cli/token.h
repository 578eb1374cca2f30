// What the files of the noun token share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/context.h"
#include "cli/record.h"
#include "model/token.h"
#include "model/verification_token.h"

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
inline constexpr const char* kTokenTypeHelp = "Type of token";

// The type that --type names.
std::optional<TokenType> token_type(const std::optional<std::string>& type);

inline constexpr const char* kAlgorithms = "EdDSA|ES256|RS256|RS384|RS512|HS256|HS384|HS512";
inline constexpr const char* kPurposes =
    "email_verification|phone_verification|password_reset|two_factor_auth|account_deactivation";

// Throws Error(kUsage, "usage.value").
Purpose purpose_of(const std::string& text);

// A time from now on. Throws Error(kUsage, "usage.duration") naming the option.
Seconds duration_of(std::string_view option, const std::string& text);

// What --ttl means from now on; nothing for `never`. Throws Error(kUsage, "usage.time").
std::optional<Time> expiry_of(Context& context, const std::string& ttl);

}  // namespace tokctl::cli
