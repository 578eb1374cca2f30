#include "auth/token_kind.h"

#include <algorithm>

#include "auth/change.h"
#include "auth/read.h"
#include "model/opaque_token.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kBatch = 1000;  // rows a transaction deletes: short enough to delay nobody

}  // namespace

std::span<const TokenKind* const> token_kinds() {
  static constexpr const TokenKind* kKinds[] = {&kApiTokens, &kRefreshTokens, &kVerificationTokens,
                                                &kSessionTokens};
  return kKinds;
}

const TokenKind& kind_of(std::string_view text) {
  const auto opaque = parse_opaque_token(text);
  const auto has_shape = [&](const TokenKind* kind) { return kind->opaque == opaque; };
  return **std::ranges::find_if(token_kinds(), has_shape);
}

std::int64_t sweep(Context& context, std::span<const Sweep> tables, Time before,
                   const Progress& progress) {
  const Time now = context.clock.now();
  const auto end_of = [&](const Sweep& table) { return std::min(before, now - table.longer); };
  std::int64_t total = 0;
  for (const Sweep& table : tables)
    total += read(context, [&](db::Handle& db) { return table.count(db, end_of(table)); });
  if (context.config.dry_run) return total;
  std::int64_t done = 0;
  for (const Sweep& table : tables) {
    std::int64_t count = 0;
    do {
      count = write(context, [&](Change& change) {
        const auto deleted = table.prune(change.db(), end_of(table), kBatch);
        if (deleted > 0) {
          change.record(table.event, {}, {},
                        {{"count", deleted}, {"before", to_unix(end_of(table))}});
        }
        return deleted;
      });
      done += count;
      if (progress) progress(done, std::max(done, total));
    } while (count == static_cast<std::int64_t>(kBatch));
  }
  return done;
}

}  // namespace tokctl::auth
