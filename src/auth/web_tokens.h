// Judging and deriving web tokens.
#pragma once

#include <vector>

#include "auth/context.h"
#include "auth/kit_tokens.h"
#include "db/session.h"
#include "model/token.h"
#include "model/web_token.h"

namespace tokctl::auth {

// The token that belongs to a session, whichever scheme it is of. Nothing when it can have none any
// more.
std::optional<crypto::Digest> derive_web_token(const Context& context, KitTokens& kit,
                                               db::Handle& db, const db::sessions::WithOwner& row);

// The session of a web token and its owner, whatever their state, if the token is genuine: the one
// that belongs to it.
std::optional<db::sessions::WithOwner> find_genuine_session(const Context& context, KitTokens& kit,
                                                            db::Handle& db, std::string_view text);

// Judges a web token by its shape alone up to the whole truth: parse, session, owner, ended,
// expired, status, token. With `checks`, notes each step.
Verdict judge_web_token(const Context& context, KitTokens& kit, db::Handle& db,
                        std::string_view text, std::vector<Check>* checks);

}  // namespace tokctl::auth
