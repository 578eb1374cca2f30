#include "auth/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "auth/chain.h"
#include "auth/change.h"
#include "auth/page_token.h"
#include "auth/read.h"
#include "auth/user_rows.h"
#include "base/encoding.h"
#include "base/error.h"
#include "db/event.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kBatch = 1000;  // events read or pruned at a time

[[noreturn]] void throw_broken(const std::string& what) {
  throw Error(Code::kIntegrity, "audit.broken", "the audit log is broken: " + what,
              "compare it with a backup; somebody has changed it by other means than tokctl");
}

// Where the chain begins: nothing before the first event, or the anchor that pruning left.
ChainPoint start_of(const crypto::Keyring& keyring, const db::events::Head& head) {
  if (head.anchor_seq == 0) return {};
  if (anchor_proof(keyring, head.anchor_key_id, head.anchor_seq, head.anchor_mac) !=
      head.anchor_proof)
    throw_broken("the anchor left by pruning does not hold");
  return {.seq = head.anchor_seq, .mac = head.anchor_mac};
}

void check_expected(const ChainPoint& reached, const std::optional<ChainPoint>& expect) {
  if (expect && reached.seq == expect->seq && reached.mac != expect->mac)
    throw_broken(fmt::format("event {} is not the one expected", expect->seq));
}

ChainReport verify_chain(const Context& context, db::Handle& db,
                         const std::optional<ChainPoint>& expect, const Progress& progress) {
  const db::Transaction snapshot(db, db::Access::kRead);
  const db::events::Head head = db::events::head(db, db::Locking::kNone);

  ChainPoint last = start_of(context.keyring, head);
  if (expect && expect->seq < last.seq)
    throw_broken(fmt::format("event {} has been pruned", expect->seq));
  check_expected(last, expect);

  ChainReport report;
  const std::int64_t total = head.seq - last.seq;
  for (;;) {
    const auto events = db::events::list(db, {.limit = kBatch}, last.seq);
    for (const Event& event : events) {
      if (event.seq != last.seq + 1) throw_broken(fmt::format("event {} is missing", last.seq + 1));
      if (event_mac(context.keyring, last.mac, event) != event.mac)
        throw_broken(fmt::format("event {} has been changed", event.seq));
      last = {.seq = event.seq, .mac = event.mac};
      check_expected(last, expect);
      if (report.first == 0) report.first = event.seq;
      ++report.checked;
    }
    if (progress) progress(report.checked, total);
    if (events.size() < kBatch) break;
  }
  if (last.seq != head.seq || last.mac != head.mac)
    throw_broken(fmt::format("it ends at event {} and should end at {}", last.seq, head.seq));
  if (expect && expect->seq > last.seq)
    throw_broken(fmt::format("it ends at event {}, before the expected {}", last.seq, expect->seq));
  report.head = last;
  return report;
}

}  // namespace

ChainPoint parse_chain_point(std::string_view text) {
  const std::size_t colon = text.find(':');
  ChainPoint point;
  if (colon != std::string_view::npos) {
    const std::string_view number = text.substr(0, colon);
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), point.seq);
    const auto mac = hex_decode(text.substr(colon + 1));
    if (error == std::errc() && end == number.data() + number.size() && point.seq > 0 && mac &&
        mac->size() == crypto::kDigestSize) {
      point.mac = text.substr(colon + 1);
      return point;
    }
  }
  throw Error(Code::kUsage, "audit.point", "a point of the audit log is written SEQ:MAC",
              "take it from: tokctl audit verify");
}

Page<Event> Audit::list(const EventQuery& query) {
  constexpr std::string_view kOrder = "events";
  check_page_limit(query.limit);
  db::events::Query rows{.public_id = {},
                         .type = query.type,
                         .since = query.since,
                         .until = query.until,
                         .descending = query.descending,
                         .limit = query.limit + 1};
  std::int64_t after = 0;
  if (!query.page_token.empty())
    after = page_token_integer(parse_page_token(query.page_token, kOrder, 1)[0]);

  Page<Event> page;
  page.rows = read(context_, [&](db::Handle& db) {
    if (query.user) {
      // By PublicID also one who is gone: that is when the log is asked.
      rows.public_id = query.user->public_id.empty() ? get_user(db, *query.user).user.public_id
                                                     : query.user->public_id;
    }
    return db::events::list(db, rows, after);
  });
  if (drop_surplus(page.rows, query.limit))
    page.next = make_page_token(kOrder, {fmt::format_int(page.rows.back().seq).str()});
  return page;
}

ChainReport Audit::verify(const std::optional<ChainPoint>& expect, const Progress& progress) {
  return read(context_,
              [&](db::Handle& db) { return verify_chain(context_, db, expect, progress); });
}

std::int64_t Audit::prune(Time before, const Progress& progress) {
  const std::int64_t total =
      read(context_, [&](db::Handle& db) { return db::events::count_before(db, before); });
  if (context_.config.dry_run) return total;
  std::int64_t done = 0;
  for (;;) {
    const auto count = write(context_, [&](Change& change) -> std::int64_t {
      db::events::Head head = db::events::head(change.db(), db::Locking::kRows);
      const auto last = db::events::last_before(change.db(), before, kBatch);
      if (!last) return 0;
      head.anchor_seq = last->seq;
      head.anchor_mac = last->mac;
      head.anchor_key_id = change.active_key();
      head.anchor_proof =
          anchor_proof(context_.keyring, head.anchor_key_id, head.anchor_seq, head.anchor_mac);
      db::events::set_head(change.db(), head);
      const auto deleted = db::events::prune(change.db(), last->seq);
      change.record("audit.pruned", {}, {}, {{"count", deleted}, {"through", last->seq}});
      return deleted;
    });
    done += count;
    if (progress) progress(done, std::max(done, total));
    if (count == 0) return done;
  }
}

}  // namespace tokctl::auth
