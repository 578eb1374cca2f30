#include "cache/keyspace.h"

#include <charconv>

#include "base/error.h"

namespace tokctl::cache {
namespace {

// Keys that Redis looks at for one answer: milliseconds of its one thread.
constexpr int kStep = 1000;
constexpr int kStatsLife = 7 * 86400;  // seconds

// The prefix is meant to the letter, whatever is in it.
std::string escaped(std::string_view text) {
  std::string glob;
  for (const char c : text) {
    if (std::string_view("*?[]^-\\").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return glob;
}

std::uint64_t count_in(const RedisReply& reply) {
  std::uint64_t count = 0;
  std::from_chars(reply.text.data(), reply.text.data() + reply.text.size(), count);
  return count;
}

}  // namespace

std::vector<RedisReply> Keyspace::ask(const RedisCommands& commands) const {
  auto replies = redis_.run(commands);
  if (!replies) throw Error(Code::kUnavailable, "redis.down", "Redis " + redis_.trouble());
  return *std::move(replies);
}

void Keyspace::each(std::string_view pattern, const Take& take, const Progress& progress) const {
  const std::int64_t total = progress ? ask({{"DBSIZE"}}).front().number : 0;
  const std::string match = escaped(prefix_) + std::string(pattern);
  std::int64_t done = 0;
  std::string cursor = "0";
  do {
    const auto reply =
        std::move(ask({{"SCAN", cursor, "MATCH", match, "COUNT", std::to_string(kStep)}}).front());
    if (reply.list.size() != 2 || reply.list[0].text.empty())
      throw Error(Code::kUnavailable, "redis.down", "Redis gives no answer that makes sense");
    cursor = reply.list[0].text;
    std::vector<std::string> keys;
    for (const RedisReply& key : reply.list[1].list) keys.push_back(key.text);
    if (!keys.empty()) take(keys);
    done += kStep;
    if (progress) progress(std::min(done, total), total);
  } while (cursor != "0");
}

std::int64_t Keyspace::remove(const std::vector<std::string>& keys, bool dry_run) const {
  if (keys.empty()) return 0;
  RedisCommands commands;
  commands.add(dry_run ? "EXISTS" : "UNLINK", keys);
  return ask(commands).front().number;
}

bool Keyspace::add(const Stats& more) const {
  RedisCommands commands;
  for (const auto& [name, count] : kStatFields) {
    if (more.*count == 0) continue;
    commands.add({"HINCRBY", key("stats"), name, std::to_string(more.*count)});
  }
  if (commands.size() == 0) return true;
  commands.add({"EXPIRE", key("stats"), std::to_string(kStatsLife)});
  return redis_.run(commands).has_value();
}

std::optional<Stats> Keyspace::stats() const {
  RedisCommands commands;
  for (const auto& [name, count] : kStatFields) commands.add({"HGET", key("stats"), name});
  const auto replies = redis_.run(commands);
  if (!replies) return std::nullopt;
  Stats stats;
  for (std::size_t i = 0; i < kStatFields.size(); ++i)
    stats.*kStatFields[i].count = count_in((*replies)[i]);
  return stats;
}

}  // namespace tokctl::cache
