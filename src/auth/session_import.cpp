// UserImport::read_sessions: what keeps the web tokens of kit alive.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/change.h"
#include "auth/import_batch.h"
#include "auth/kit_import.h"
#include "auth/user_import.h"
#include "db/session.h"
#include "db/user.h"

namespace tokctl::auth {
namespace {

using Record = BatchRecord<KitSession>;

Error session_exists(const KitSession& session) {
  return Error(Code::kConflict, "session.exists",
               fmt::format("session {} already exists", session.session_id));
}

// What stands between a session and its owner, who would be the only one to use it.
std::optional<Error> unusable(const std::optional<db::users::UserRow>& owner,
                              const KitSession& session) {
  if (!owner) {
    return Error(Code::kNotFound, "user.not_found",
                 fmt::format("user {} not found", session.public_id));
  }
  if (!owner->secrets.kit_hash) {
    return Error(Code::kConflict, "session.not_kit",
                 fmt::format("user {} has no password of kit any more", session.public_id));
  }
  return std::nullopt;
}

Session row_of(Change& change, const KitSession& session) {
  return {.session_id = session.session_id,
          .public_id = session.public_id,
          .kind = SessionKind::kWeb,
          .scheme = WebScheme::kKit,
          .root_key_id = change.active_key(),
          .source = {},
          .created_at = session.created_at.value_or(change.now()),
          .expires_at = session.expires_at,
          .last_used_at = {},
          .revoked_at = {}};
}

class SessionBatch {
 public:
  SessionBatch(Context& context, bool if_not_exists, Rehearsal* rehearsal)
      : context_(context), if_not_exists_(if_not_exists), rehearsal_(rehearsal) {}

  bool full() const { return records_.size() >= kBatchRecords; }
  const std::vector<Record>& records() const { return records_; }
  void clear() { records_.clear(); }

  void add(KitSessionRecord&& session) {
    Record& record = records_.emplace_back();
    record.line = session.line;
    if (session.fault) return record.fail(*session.fault);
    // Nobody can use it again: kit kept sessions for ever, and most of its file is these.
    if (session.session.expires_at <= context_.clock.now()) record.outcome = Outcome::kSkipped;
    record.item = std::move(session.session);
  }

  void store() {
    std::vector<Record*> pending;
    for (Record& record : records_) {
      if (record.outcome == Outcome::kPending) pending.push_back(&record);
    }
    if (pending.empty()) return;
    const auto verdicts = write(context_, [&](Change& change) {
      std::vector<Judged> judged;
      Rehearsal played;  // by this batch, which may be run again
      for (const Record* record : pending) {
        judged.push_back(store(change, record->item, played));
        if (judged.back().outcome == Outcome::kCreated) played.add(record->item.session_id);
      }
      return judged;
    });
    for (std::size_t i = 0; i < pending.size(); ++i) {
      pending[i]->outcome = verdicts[i].outcome;
      pending[i]->fault = verdicts[i].fault;
      if (rehearsal_ && verdicts[i].outcome == Outcome::kCreated) {
        rehearsal_->add(pending[i]->item.session_id);
      }
    }
  }

 private:
  struct Judged {
    Outcome outcome;
    std::optional<Error> fault;
  };
  static Judged failed(const Error& error) { return {Outcome::kFailed, error}; }

  Judged store(Change& change, const KitSession& session, const Rehearsal& played) const {
    // An owner who came in this dry run has no row to look at, nor one that a session could refer
    // to.
    const bool rehearsed = rehearsal_ && rehearsal_->has(session.public_id);
    if (!rehearsed) {
      const auto owner = db::users::find(change.db(), session.public_id);
      if (const auto error = unusable(owner, session)) return failed(*error);
      if (owner->user.deleted_at) return {Outcome::kSkipped, {}};
    } else if (rehearsal_->has(deleted_in_rehearsal(session.public_id))) {
      return {Outcome::kSkipped, {}};
    }
    const bool inserted =
        rehearsed ? !db::sessions::find(change.db(), session.session_id) : insert(change, session);
    const auto& id = session.session_id;
    if (!inserted || (rehearsal_ && (rehearsal_->has(id) || played.has(id)))) {
      return clashed(change, session);
    }
    return {Outcome::kCreated, {}};
  }

  // False when there is a session of that id already.
  static bool insert(Change& change, const KitSession& session) {
    try {
      db::Savepoint savepoint(change.db());
      db::sessions::insert(change.db(), row_of(change, session));
      savepoint.keep();
    } catch (const db::DbError& error) {
      if (error.trouble() == db::Trouble::kUnique) return false;
      throw;
    }
    change.record("session.imported", session.public_id, session.session_id);
    return true;
  }

  Judged clashed(Change& change, const KitSession& session) const {
    const auto other = db::sessions::find(change.db(), session.session_id);
    const bool same = !other || other->public_id == session.public_id;
    if (if_not_exists_ && same) return {Outcome::kSkipped, {}};
    return failed(session_exists(session));
  }

  Context& context_;
  const bool if_not_exists_;
  Rehearsal* const rehearsal_;
  std::vector<Record> records_;
};

}  // namespace

void UserImport::read_sessions(ReadBytes file) {
  KitSessionReader reader(std::move(file));
  SessionBatch batch(context_, options_.if_not_exists, rehearsal_.get());
  const auto finish = [&] {
    batch.store();
    for (const auto& record : batch.records()) {
      if (record.outcome == Outcome::kCreated) ++report_.sessions;
      if (record.outcome == Outcome::kSkipped) ++report_.sessions_skipped;
      if (record.outcome == Outcome::kFailed) ++report_.failed;
    }
    for (const auto& record : batch.records()) {
      if (record.fault) tell("sessions", record.line, *record.fault);
    }
    batch.clear();
    if (options_.on_progress) options_.on_progress(reader.bytes());
  };

  KitSessionRecord record;
  while (reader.next(record)) {
    batch.add(std::move(record));
    if (batch.full()) finish();
  }
  finish();
}

}  // namespace tokctl::auth
