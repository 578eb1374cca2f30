#include "cache/shared.h"

#include <algorithm>

#include "cache/entry_text.h"
#include "crypto/cache_seal.h"

namespace tokctl::cache {

namespace {

std::string joined(std::string_view prefix, std::string_view kind, std::string_view name) {
  std::string key;
  key.reserve(prefix.size() + kind.size() + name.size());
  key.append(prefix).append(kind).append(name);
  return key;
}

}  // namespace

std::string Shared::token_key(std::string_view digest) const {
  return joined(options_.prefix, "token:", digest);
}

std::string Shared::user_key(std::string_view public_id) const {
  return joined(options_.prefix, "tokens:user:", public_id);
}

std::string Shared::jwk_key(std::string_view kid) const {
  return kid == kKeySet ? joined(options_.prefix, "jwt_keys", {})
                        : joined(options_.prefix, "jwt_key:", kid);
}

std::vector<EntryPtr> Shared::find(const std::vector<Wanted>& wanted) const {
  std::vector<EntryPtr> entries(wanted.size());
  std::vector<std::string> keys;
  keys.reserve(wanted.size());
  RedisCommands commands;
  for (const Wanted& each : wanted) {
    for (const std::string& digest : each.digests)
      commands.add({"GET", keys.emplace_back(token_key(digest))});
  }
  const auto replies = redis_.run(commands);
  if (!replies) return entries;
  std::size_t at = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    for (std::size_t n = 0; n < wanted[i].digests.size(); ++n, ++at) {
      const RedisReply& reply = (*replies)[at];
      if (entries[i] || reply.kind != RedisReply::Kind::kText) continue;
      if (auto entry = open(keyring_, keys[at], reply.text)) entries[i] = *std::move(entry);
    }
  }
  return entries;
}

std::optional<EntryPtr> Shared::open(const crypto::Keyring& keyring, std::string_view key,
                                     std::string_view value) {
  const auto bytes = crypto::open_from_cache(keyring, value, key);
  return bytes ? parse_entry(*bytes) : std::nullopt;
}

void Shared::fill(const std::vector<Filled>& entries, Time now) const {
  if (!redis_.up()) return;
  const std::string& key_id = keyring_.ids().back();
  RedisCommands commands;
  for (const auto& [digest, entry] : entries) {
    Seconds ttl = options_.ttl;
    if (entry->principal.expires_at) ttl = std::min(ttl, *entry->principal.expires_at - now);
    if (ttl <= Seconds(0)) continue;
    const std::string key = token_key(digest);
    const std::string users = user_key(entry->principal.public_id);
    commands.add({"SET", key,
                  crypto::seal_for_cache(keyring_, key_id, format_entry(*entry), key, random_),
                  "EX", std::to_string(ttl.count())});
    // By when it was put in: where new ones always come, the index itself never expires. What is
    // behind twice over has gone, whatever the clocks of two hosts say.
    const std::int64_t second = to_unix(now);
    commands.add({"ZADD", users, std::to_string(second), digest});
    commands.add({"ZREMRANGEBYSCORE", users, "-inf",
                  std::to_string(second - 2 * std::int64_t{options_.ttl.count()})});
    commands.add({"EXPIRE", users, std::to_string(options_.ttl.count())});
  }
  redis_.run(commands);
}

void Shared::remove(const std::vector<std::string>& digests,
                    const std::vector<std::string>& public_ids) const {
  std::vector<std::string> keys;
  keys.reserve(digests.size());
  for (const std::string& digest : digests) keys.push_back(token_key(digest));
  RedisCommands members;
  for (const std::string& id : public_ids) members.add({"ZRANGE", user_key(id), "0", "-1"});
  if (const auto replies = redis_.run(members)) {
    for (const RedisReply& reply : *replies) {
      for (const RedisReply& member : reply.list) keys.push_back(token_key(member.text));
    }
    for (const std::string& id : public_ids) keys.push_back(user_key(id));
  }
  unlink(keys);
}

std::vector<std::optional<KeyText>> Shared::find_keys(const std::vector<std::string>& kids) const {
  std::vector<std::optional<KeyText>> keys(kids.size());
  RedisCommands commands;
  for (const std::string& kid : kids) commands.add({"GET", jwk_key(kid)});
  const auto replies = redis_.run(commands);
  if (!replies) return keys;
  for (std::size_t i = 0; i < kids.size(); ++i) {
    const RedisReply& reply = (*replies)[i];
    if (reply.kind != RedisReply::Kind::kText) continue;
    auto bytes = crypto::open_from_cache(keyring_, reply.text, jwk_key(kids[i]));
    if (!bytes) continue;
    keys[i] = parse_key(*bytes);
    wipe(bytes->data(), bytes->size());
  }
  return keys;
}

void Shared::fill_keys(const KeyTexts& keys) const {
  const std::string& key_id = keyring_.ids().back();
  RedisCommands commands;
  for (const auto& [kid, text] : keys) {
    const std::string key = jwk_key(kid);
    commands.add({"SET", key,
                  crypto::seal_for_cache(keyring_, key_id, format_key(text).reveal(), key, random_),
                  "EX", std::to_string(options_.jwk_ttl.count())});
  }
  redis_.run(commands);
}

void Shared::remove_keys(const std::vector<std::string>& kids) const {
  std::vector<std::string> keys{jwk_key(kKeySet)};
  for (const std::string& kid : kids) keys.push_back(jwk_key(kid));
  unlink(keys);
}

void Shared::unlink(const std::vector<std::string>& keys) const {
  if (keys.empty()) return;
  RedisCommands commands;
  commands.add("UNLINK", keys);
  redis_.run(commands);
}

}  // namespace tokctl::cache
