// What importing users and importing sessions have in common. Internal to UserImport.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/error.h"

namespace tokctl::auth {

// Records that a transaction stores: enough to be worth its commit, few enough to delay nobody
// else's.
inline constexpr std::size_t kBatchRecords = 500;

enum class Outcome { kPending, kCreated, kSkipped, kFailed };

// A record on its way from the file to the database.
template <typename Item>
struct BatchRecord {
  std::int64_t line = 0;
  Item item;
  Outcome outcome = Outcome::kPending;
  std::optional<Error> fault;  // of one that failed

  void fail(const Error& error) {
    outcome = Outcome::kFailed;
    fault = error;
  }
};

// What a dry run has played through. Its batches are rolled back, so the next one does not find in
// the database what they would have left there. It keeps hashes: eight bytes for a name.
class Rehearsal {
 public:
  bool has(std::string_view name) const { return hashes_.contains(hash(name)); }
  void add(std::string_view name) { hashes_.insert(hash(name)); }

 private:
  static std::size_t hash(std::string_view name) { return std::hash<std::string_view>{}(name); }
  std::unordered_set<std::size_t> hashes_;
};

// The name under which a rehearsal knows that a user came deleted.
inline std::string deleted_in_rehearsal(std::string_view public_id) {
  return "deleted " + std::string(public_id);
}

}  // namespace tokctl::auth
