#include "auth/user_import.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/change.h"
#include "auth/import_batch.h"
#include "auth/import_row.h"
#include "auth/read.h"
#include "auth/user_file.h"

namespace tokctl::auth {
namespace {

// Each is most of a tenth of a second's work, all lost when the batch is interrupted.
constexpr std::size_t kBatchPasswords = 32;

std::string_view to_text(UserFormat format) {
  switch (format) {
    case UserFormat::kCsv:
      return "csv";
    case UserFormat::kJsonl:
      return "jsonl";
    case UserFormat::kKit:
      return "kit";
  }
  return "";
}

class UserBatch {
 public:
  using Record = BatchRecord<Candidate>;

  UserBatch(Context& context, std::string_view format, bool if_not_exists, Rehearsal* rehearsal)
      : context_(context), format_(format), if_not_exists_(if_not_exists), rehearsal_(rehearsal) {}

  bool full() const { return records_.size() >= kBatchRecords || passwords_ >= kBatchPasswords; }
  const std::vector<Record>& records() const { return records_; }

  void clear() {
    records_.clear();
    passwords_ = 0;
  }

  void add(UserRecord&& user) {
    Record& record = records_.emplace_back();
    record.line = user.line;
    if (user.fault) return record.fail(*user.fault);
    try {
      record.item = judge(context_, std::move(user.user));
    } catch (const Error& error) {
      return record.fail(error);
    }
    if (!record.item.clear.empty()) ++passwords_;
  }

  // Who is there already is passed over before the work, so an import that is run again soon gets
  // to where it stopped.
  void hash() {
    std::vector<Candidate*> candidates;
    for (Record* record : pending()) {
      if (record->item.clear.empty()) continue;
      const auto found = read(context_, [&](db::Handle& db) { return clash(db, record->item); });
      if (found) {
        clashed(*record, *found);
      } else {
        candidates.push_back(&record->item);
      }
    }
    if (!rehearsal_) hash_passwords(context_, candidates);
  }

  void store() {
    const auto records = pending();
    if (records.empty()) return;
    const auto clashes = write(context_, [&](Change& change) {
      std::vector<std::optional<Error>> found;
      for (Record* record : records) {
        found.push_back(clash_in_rehearsal(record->item.row.user));
        if (!found.back()) found.back() = auth::store(context_, change, record->item, format_);
      }
      return found;
    });
    for (std::size_t i = 0; i < records.size(); ++i) {
      clashes[i] ? clashed(*records[i], *clashes[i])
                 : void(records[i]->outcome = Outcome::kCreated);
    }
    if (rehearsal_) remember();
  }

 private:
  std::vector<Record*> pending() {
    std::vector<Record*> found;
    for (Record& record : records_) {
      if (record.outcome == Outcome::kPending) found.push_back(&record);
    }
    return found;
  }

  void clashed(Record& record, const Error& error) const {
    if_not_exists_ ? void(record.outcome = Outcome::kSkipped) : record.fail(error);
  }

  std::optional<Error> clash_in_rehearsal(const User& user) const {
    if (!rehearsal_) return std::nullopt;
    if (!user.deleted_at && rehearsal_->has(user.email)) return email_exists(user);
    if (rehearsal_->has(user.public_id)) return id_exists(user);
    return std::nullopt;
  }

  void remember() {
    for (const Record& record : records_) {
      if (record.outcome != Outcome::kCreated) continue;
      const User& user = record.item.row.user;
      rehearsal_->add(user.public_id);
      rehearsal_->add(user.deleted_at ? deleted_in_rehearsal(user.public_id) : user.email);
    }
  }

  Context& context_;
  const std::string_view format_;
  const bool if_not_exists_;
  Rehearsal* const rehearsal_;
  std::vector<Record> records_;
  std::size_t passwords_ = 0;
};

}  // namespace

UserImport::UserImport(Context& context, ImportOptions options)
    : context_(context), options_(std::move(options)) {
  if (context.config.dry_run) rehearsal_ = std::make_unique<Rehearsal>();
}
UserImport::UserImport(UserImport&&) noexcept = default;
UserImport::~UserImport() = default;

void UserImport::read_users(UserFormat format, ReadBytes file) {
  const auto reader = open_user_reader(format, std::move(file));
  UserBatch batch(context_, to_text(format), options_.if_not_exists, rehearsal_.get());
  const auto finish = [&] {
    batch.hash();
    batch.store();
    for (const auto& record : batch.records()) {
      if (record.outcome == Outcome::kCreated) ++report_.created;
      if (record.outcome == Outcome::kSkipped) ++report_.skipped;
      if (record.outcome == Outcome::kFailed) ++report_.failed;
    }
    // Only now that all are counted, for a callback may throw.
    for (const auto& record : batch.records()) {
      if (record.fault) tell("users", record.line, *record.fault);
    }
    batch.clear();
    if (options_.on_progress) options_.on_progress(reader->bytes());
  };

  UserRecord record;
  while (reader->next(record)) {
    batch.add(std::move(record));
    if (batch.full()) finish();
  }
  finish();
}

void UserImport::tell(std::string_view input, std::int64_t line, const Error& fault) const {
  if (!options_.on_fault) return;
  options_.on_fault({.input = input, .line = line, .id = fault.id(), .message = fault.message()});
}

}  // namespace tokctl::auth
