#include "auth/change.h"

#include <nlohmann/json.hpp>

#include "auth/chain.h"
#include "auth/feed.h"
#include "base/error.h"
#include "db/event.h"
#include "db/root_key.h"

namespace tokctl::auth {

Change::Change(Context& context)
    : context_(context),
      lease_(context.pool.borrow()),
      transaction_(*lease_, db::Access::kWrite),
      now_(context.clock.now()) {}

const std::string& Change::active_key() {
  if (active_key_.empty()) {
    active_key_ = db::root_keys::active(db()).value_or("");
    // Throws when it is not held here: what this process made under another key, its fellows could
    // not read.
    context_.keyring.subkey(active_key_, crypto::Purpose::kAudit);
  }
  return active_key_;
}

void Change::record(std::string_view type, std::string_view public_id, std::string_view subject,
                    Detail detail) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : detail) {
    auto& member = json[std::string(name)];
    std::visit([&member](const auto& v) { member = v; }, value);
  }
  Event event;
  event.at = now_;
  event.type = type;
  event.actor = context_.config.actor;
  event.public_id = public_id;
  event.subject = subject;
  event.detail = json.dump();
  events_.push_back(std::move(event));
}

// Where writers do not wait for each other, the key may have been retired since it was read here;
// who did so did not see what this transaction made under it. It holds the head meanwhile, so now
// that the head is ours, it is settled which of the two came first.
void Change::require_key_in_use() {
  if (!context_.pool.driver().is_server()) return;
  const auto state = db::root_keys::state(db(), active_key_);
  if (!state || *state == db::root_keys::State::kRetired) db::throw_overtaken();
}

void Change::commit() {
  if (!events_.empty()) {
    // The head is locked last, so that whoever commits first has the lower seq.
    active_key();
    db::events::Head head = db::events::head(db(), db::Locking::kRows);
    require_key_in_use();
    for (Event& event : events_) {
      event.seq = ++head.seq;
      event.root_key_id = active_key_;
      event.mac = event_mac(context_.keyring, head.mac, event);
      head.mac = event.mac;
      db::events::insert(db(), event);
    }
    db::events::set_head(db(), head);
  }
  const bool keep = !context_.config.dry_run && (quiet_ || !events_.empty());
  keep ? transaction_.commit() : transaction_.rollback();
  // At once here; the feed brings it to everybody else.
  if (cache::Levels* caches = keep ? context_.caches() : nullptr) {
    std::vector<cache::Word> words;
    words.reserve(events_.size());
    for (const Event& event : events_) words.push_back(word_of(event));
    caches->apply_own(words);
  }
}

}  // namespace tokctl::auth
