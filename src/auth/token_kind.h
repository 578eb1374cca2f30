// What each kind of token does in its own way. A new kind is one more TokenKind, named in
// token_kinds().
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/tokens.h"
#include "cache/entry.h"
#include "db/range.h"
#include "model/token.h"
#include "model/token_info.h"

namespace tokctl::db {
class Handle;
}

namespace tokctl::auth {

class Change;

// What it takes to know a token by its text.
struct Knowledge {
  const Context& context;
  KitTokens& kit;
  JwtKeys& keys;
  Uses& uses;
  std::optional<cache::Point> read_at = {};  // for JwtKeys::verifying
};

// A verdict, with what has to be known beside to remember it.
struct Judged {
  Verdict verdict;
  std::optional<Seconds> idle = {};
  std::optional<Time> used = {};
  std::int64_t lookup = 0;       // of the row that its use is recorded in; 0: it is not recorded
  std::string root_key_id = {};  // of an opaque token
};

// What of an inventory is asked for, with its user and its time looked up.
struct TokenRange {
  const TokenQuery& query;
  std::string public_id;  // empty: everybody's
  std::optional<Time> live_at;

  // The part of it that every table understands, as the Query of one; a row more than a page has.
  template <typename Query>
  Query rows() const {
    Query rows;
    rows.public_id = public_id;
    rows.live_at = live_at;
    rows.expires_before = query.expires_before;
    rows.descending = query.descending;
    rows.limit = query.limit + 1;
    return rows;
  }
};

template <typename Row>
std::optional<TokenInfo> info_of(const std::optional<Row>& row) {
  return row ? std::optional(info_of(*row)) : std::nullopt;
}

template <typename Row>
std::vector<TokenInfo> infos_of(const std::vector<Row>& rows) {
  std::vector<TokenInfo> infos;
  infos.reserve(rows.size());
  for (const Row& row : rows) infos.push_back(info_of(row));
  return infos;
}

// A table that is swept of rows that ended before some time.
struct Sweep {
  std::string_view event;  // one for each batch
  Seconds longer{0};       // how much longer rows are kept than is asked for
  std::int64_t (*count)(db::Handle&, Time before) = nullptr;
  std::int64_t (*prune)(db::Handle&, Time before, std::size_t limit) = nullptr;
};
// Deletes in batches short enough to delay nobody; how many. Only counts on a dry run.
std::int64_t sweep(Context& context, std::span<const Sweep> tables, Time before,
                   const Progress& progress);

struct TokenKind {
  // Which opaque tokens these are; nothing for those of another shape.
  std::optional<TokenType> opaque;
  // Good for one use, so that no verdict is ever answered from memory.
  bool one_use = false;
  bool named = false;
  bool records_use = false;
  // Judges a text of the shape of this kind. With checks, notes each step.
  Judged (*judge)(const Knowledge&, db::Handle&, std::string_view text, std::vector<Check>* checks);
  // One by its text, if that is genuine, whatever its state.
  std::optional<TokenInfo> (*identify)(const Knowledge&, db::Handle&, std::string_view text);
  // One by its public id, whatever its state.
  std::optional<TokenInfo> (*find)(db::Handle&, std::string_view id);
  // A page of those that may_hold, and one more, in order of creation, from behind a place on
  // (null: from the beginning).
  std::vector<TokenInfo> (*list)(db::Handle&, const TokenRange&, const db::Place* after);
  // Ends one by its public id, with an event; nothing when there is none.
  std::optional<RevokedToken> (*end)(Change&, std::string_view id);
  // Ends all of a user that are of a type (nothing: of any), and counts them.
  void (*end_all)(Change&, const std::string& public_id, std::optional<TokenType> type,
                  RevokedTokens& ended);
  // End those of a user who goes, and those made under a root key that goes; how many there were.
  // Whoever calls tells of both in one event.
  std::int64_t (*end_of_user)(db::Handle&, std::string_view public_id, Time now);
  std::int64_t (*end_of_root_key)(db::Handle&, std::string_view root_key_id, Time now);
  // For completion.
  std::vector<std::string> (*ids_with_prefix)(db::Handle&, std::string_view prefix,
                                              std::size_t limit);
  Sweep sweep;

  bool holds(TokenType type) const {
    return opaque ? type == *opaque : type == TokenType::kWeb || type == TokenType::kJwt;
  }
  // Whether any of them can be what is asked for: by their type, which have a name, and of which it
  // is known whether they are used.
  bool may_hold(const TokenQuery& query) const {
    return (!query.type || holds(*query.type)) && (named || query.name.empty()) &&
           (records_use || !query.unused_since);
  }
};

extern const TokenKind kSessionTokens;  // web tokens and JWTs: what hangs on a session
extern const TokenKind kApiTokens;
extern const TokenKind kRefreshTokens;
extern const TokenKind kVerificationTokens;

std::span<const TokenKind* const> token_kinds();
// The kind whose shape a text has. What has none is judged with those of a session.
const TokenKind& kind_of(std::string_view text);

}  // namespace tokctl::auth
