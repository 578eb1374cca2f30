// Looking up and judging opaque tokens of type api.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/context.h"
#include "auth/tokens.h"
#include "db/api_token.h"
#include "model/token.h"

namespace tokctl::auth {

// What a token would be stored as under a root key that this process holds.
std::string api_token_digest(const Context& context, std::string_view root_key_id,
                             std::string_view text);
// Under each, the newest key's first; none when `text` is no API token.
std::vector<std::string> api_token_digests(const Context& context, std::string_view text);

// The row of an API token, whatever its state. It may have been made under any root key that this
// process holds: the digest of each is looked up, the newest key's first. Nothing when `text` is no
// such token.
std::optional<db::api_tokens::WithOwner> find_api_token(const Context& context, db::Handle& db,
                                                        std::string_view text);

// Judges an opaque token by its row, or the lack of one: owner, revoked, expired, idle, status.
// With `checks`, notes each step.
Verdict judge_api_token(const std::optional<db::api_tokens::WithOwner>& row, Time now,
                        std::vector<Check>* checks);

// What is asked of a token that is valid as such.
Verdict require(Verdict verdict, const Required& required, std::vector<Check>* checks);

// Whether it has what is asked for.
bool meets(const Principal& principal, const Required& required);

[[noreturn]] void throw_token_not_found(std::string_view id);

}  // namespace tokctl::auth
