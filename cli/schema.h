// How each noun looks from outside: names, order and types of its fields, in one place.
//
// A promise to scripts: fields are added, never renamed.
#pragma once

#include <initializer_list>
#include <string_view>

#include "auth/audit.h"
#include "auth/users.h"
#include "cli/record.h"
#include "model/event.h"
#include "model/jwk_info.h"
#include "model/session.h"
#include "model/token.h"
#include "model/token_info.h"
#include "model/user.h"

namespace tokctl::cli {

const Schema& user_schema();
Row user_row(const User& user);

const Schema& session_schema();
Row session_row(const Session& session, Time now);

// A token of any kind as `token list` and `token get` show it: never the credential.
const Schema& token_schema();
Row token_row(const TokenInfo& token, Time now);

// What `token validate` answers, named as in RFC 7662 §2.2. Of a refused one, `active` alone.
const Schema& principal_schema();
Row verdict_row(const Verdict& verdict, bool offline = false);

// A key that signs JWTs: never its private part.
const Schema& jwk_schema();
Row jwk_row(const JwkInfo& key);

const Schema& event_schema();
Row event_row(const Event& event);

const Schema& check_schema();
Row check_row(const Check& check);

// A noun's schema with more fields behind: what a command did to it.
Schema with(const Schema& schema, std::initializer_list<Column> more);
Row with(Row row, std::initializer_list<Value> more);

}  // namespace tokctl::cli
