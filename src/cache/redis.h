// A client of Redis that never makes anybody wait.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/redis_url.h"

namespace tokctl::cache {

// What Redis answered: nothing, a number, a text, or several. A refusal is never returned.
struct RedisReply {
  enum class Kind { kNothing, kNumber, kText, kList, kError };
  Kind kind = Kind::kNothing;
  std::int64_t number = 0;
  std::string text;
  std::vector<RedisReply> list;
};

// Commands to be sent together, in the protocol's own form.
class RedisCommands {
 public:
  RedisCommands() = default;
  // Not explicit, so that run({{"GET", key}}) reads well.
  RedisCommands(std::initializer_list<std::initializer_list<std::string_view>> commands);
  RedisCommands(const RedisCommands&) = delete;
  RedisCommands& operator=(const RedisCommands&) = delete;
  ~RedisCommands();  // wiped: there may be a password in it

  void add(std::initializer_list<std::string_view> words);
  void add(std::string_view word, const std::vector<std::string>& more);

  std::size_t size() const { return size_; }
  std::string_view text() const { return text_; }

 private:
  void begin(std::size_t words);
  void append(std::string_view word);

  std::string text_;
  std::size_t size_ = 0;
};

// Thread-safe: a connection for each thread that is asking. Any trouble (no connection, no whole
// answer in time, an answer that is none, an error such as LOADING, OOM or READONLY) opens the
// breaker: from then on every call returns at once with nothing, until `probe` has found that Redis
// takes a write again.
class Redis {
 public:
  Redis(RedisUrl url, std::chrono::milliseconds timeout);
  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;
  ~Redis();

  // Sends all commands at once; their answers in order. Nothing when there was trouble. Takes no
  // longer than the timeout, however slowly the answer trickles in.
  std::optional<std::vector<RedisReply>> run(const RedisCommands& commands);

  bool up() const { return up_.load(std::memory_order_relaxed); }
  // Writes `key`, for some seconds, to see whether Redis is there; closes the breaker if it is.
  bool probe(const std::string& key);
  // What opened the breaker last, in tokctl's words; empty: nothing yet.
  std::string trouble() const;

 private:
  class Link;
  std::unique_ptr<Link> borrow(std::chrono::steady_clock::time_point now);
  std::optional<std::vector<RedisReply>> try_run(const RedisCommands& commands);

  const RedisUrl url_;
  const std::chrono::milliseconds timeout_;
  std::atomic<bool> up_{true};
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Link>> idle_;
  std::string trouble_;
};

}  // namespace tokctl::cache
