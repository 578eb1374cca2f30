// Sealing everything anew: Database::rekey.
#include <algorithm>

#include "auth/change.h"
#include "auth/database.h"
#include "auth/read.h"
#include "base/error.h"
#include "crypto/seal.h"
#include "db/root_key.h"
#include "db/sealed.h"

namespace tokctl::auth {
namespace {

// Short enough a transaction to delay nobody, and little is done again after a crash.
constexpr std::size_t kBatch = 200;

struct Sealed {
  db::SealedValue read;
  std::string value;
};

class Rekey {
 public:
  Rekey(Context& context, Rekeyed& result, const Progress& progress)
      : context_(context), result_(result), progress_(progress) {}

  void run() {
    result_.root_key = active();
    for (const auto& column : db::sealed_columns()) {
      total_ += read(context_, [&](db::Handle& db) {
        return db::count_sealed(db, column, crypto::sealed_prefix(result_.root_key));
      });
    }
    if (context_.config.dry_run) {
      result_.values = total_;
      return;
    }
    for (const auto& column : db::sealed_columns()) {
      // Whoever wrote in between sealed under the key of the moment, perhaps the one before.
      while (!pass(column)) result_.troubles.clear();
    }
  }

 private:
  std::string active() {
    return read(context_, [](db::Handle& db) { return db::root_keys::active(db).value_or(""); });
  }

  // Goes once over a column; false when a value or the active key changed meanwhile.
  bool pass(const db::SealedColumn& column) {
    bool undisturbed = true;
    std::string after;
    for (;;) {
      const auto page = read(context_, [&](db::Handle& db) {
        return db::list_sealed(db, column, crypto::sealed_prefix(result_.root_key), after, kBatch);
      });
      if (page.empty()) return undisturbed;
      after = page.back().key;
      // Outside of the transaction, which then only writes.
      const auto batch = seal(column, page);
      const auto replaced = store(column, batch);
      undisturbed &= replaced == static_cast<std::int64_t>(batch.size());
      result_.values += replaced;
      done_ += static_cast<std::int64_t>(page.size());
      if (progress_) progress_(done_, std::max(done_, total_));
    }
  }

  std::vector<Sealed> seal(const db::SealedColumn& column,
                           const std::vector<db::SealedValue>& page) {
    std::vector<Sealed> batch;
    for (const db::SealedValue& read : page) {
      const crypto::Address address = db::address_of(column, read);
      try {
        const SecretString plain = crypto::unseal(context_.keyring, read.value, address);
        batch.push_back({read, crypto::seal(context_.keyring, result_.root_key, plain.reveal(),
                                            address, context_.random)});
      } catch (const Error& error) {
        // One value is damaged; without a key none of them opens.
        if (error.id() != "seal.broken") throw;
        result_.troubles.push_back(error.message());
      }
    }
    return batch;
  }

  std::int64_t store(const db::SealedColumn& column, const std::vector<Sealed>& batch) {
    if (batch.empty()) return 0;
    return write(context_, [&](Change& change) -> std::int64_t {
      if (change.active_key() != result_.root_key) {
        throw Error(Code::kConflict, "rekey.activated",
                    "another root key has been activated meanwhile", "tokctl db rekey");
      }
      std::int64_t count = 0;
      for (const Sealed& each : batch) {
        count += db::replace_sealed(change.db(), column, each.read, each.value) ? 1 : 0;
      }
      if (count > 0) {
        change.record("database.rekeyed", {}, result_.root_key,
                      {{"table", column.table}, {"column", column.column}, {"count", count}});
      }
      return count;
    });
  }

  Context& context_;
  Rekeyed& result_;
  const Progress& progress_;
  std::int64_t total_ = 0;
  std::int64_t done_ = 0;
};

}  // namespace

Rekeyed Database::rekey(const Progress& progress) {
  Rekeyed result;
  Rekey(context_, result, progress).run();
  return result;
}

}  // namespace tokctl::auth
