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

class Change;

// The row of an API token, whatever its state; nothing when `text` is no such token.
std::optional<db::api_tokens::WithOwner> find_api_token(const Context& context, db::Handle& db,
                                                        std::string_view text);

// Judges an opaque token by its row, or the lack of one: owner, revoked, expired, idle, status.
// With `checks`, notes each step.
Verdict judge_api_token(const std::optional<db::api_tokens::WithOwner>& row, Time now,
                        std::vector<Check>* checks);

// Ends it, with its event; `changed` is false when somebody else did before.
RevokedToken end_api_token(Change& change, const ApiToken& token);

// What is asked of a token that is valid as such.
Verdict require(Verdict verdict, const Required& required, std::vector<Check>* checks);

[[noreturn]] void throw_token_not_found(std::string_view id);

}  // namespace tokctl::auth
