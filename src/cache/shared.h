// The second level: verdicts in Redis, for all processes of the fleet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "cache/entry.h"
#include "cache/redis.h"
#include "crypto/keyring.h"

namespace tokctl::cache {

// Keys hold the digest of a token, never a token:
//   PREFIXtoken:DIGEST            an entry, sealed for this key
//   PREFIXtokens:user:PUBLICID    the digests of a user's tokens, by when, to delete them by
//   PREFIXjwt_key:KID             what it takes to verify JWTs of that key, sealed likewise
//   PREFIXjwt_keys                the public set of keys, sealed likewise
// What comes back is only what some process of ours wrote for that very key; whether it still holds
// is for the marks to say. Redis in trouble is as if it were empty. Thread-safe.
class Shared {
 public:
  struct Options {
    std::string prefix = "tokctl:";
    Seconds ttl = std::chrono::seconds(300);
    Seconds jwk_ttl = std::chrono::hours(24);
  };
  Shared(Redis& redis, const crypto::Keyring& keyring, Random& random, Options options)
      : redis_(redis), keyring_(keyring), random_(random), options_(std::move(options)) {}

  // A token's digests are those under each root key; none: only the database knows it.
  struct Wanted {
    std::string_view token;
    std::vector<std::string> digests;
  };
  // For each what is there under the first of its digests that has something, or null. One round
  // trip for all.
  std::vector<EntryPtr> find(const std::vector<Wanted>& wanted) const;

  // What a value under `key` says; nothing when nobody of ours wrote it, for that key.
  static std::optional<EntryPtr> open(const crypto::Keyring& keyring, std::string_view key,
                                      std::string_view value);

  struct Filled {
    std::string digest;
    EntryPtr entry;
  };
  // Kept for the ttl, but no longer than the token lives.
  void fill(const std::vector<Filled>& entries, Time now) const;

  void remove(const std::vector<std::string>& digests,
              const std::vector<std::string>& public_ids) const;

  // A key of JWTs by its id; the set of those that are published by this one, which no key has.
  static constexpr std::string_view kKeySet{};
  std::vector<std::optional<KeyText>> find_keys(const std::vector<std::string>& kids) const;
  using KeyTexts = std::vector<std::pair<std::string, KeyText>>;
  void fill_keys(const KeyTexts& keys) const;
  // And the set, which was made of them.
  void remove_keys(const std::vector<std::string>& kids) const;

  bool probe() const { return redis_.probe(options_.prefix + "probe"); }
  const Redis& redis() const { return redis_; }

 private:
  std::string token_key(std::string_view digest) const;
  std::string user_key(std::string_view public_id) const;
  std::string jwk_key(std::string_view kid) const;
  void unlink(const std::vector<std::string>& keys) const;

  Redis& redis_;
  const crypto::Keyring& keyring_;
  Random& random_;
  const Options options_;
};

}  // namespace tokctl::cache
