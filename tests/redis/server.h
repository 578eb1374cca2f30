// Redis servers for tests: the real one that tests/servers/redis.sh has started, and one that
// answers whatever a test wants.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

#include "cache/redis.h"
#include "support/scratch.h"

namespace tokctl::testing {

// The URL of the real one's database `number`, by Unix socket or by TCP with a password.
inline std::string redis_url(const std::string& file = "url", int number = 0) {
  const char* servers = std::getenv("TOKCTL_TEST_SERVERS");
  const std::string what = servers == nullptr ? "nowhere" : servers;
  std::string url = content_of(what + "/redis/" + file);
  INFO("started by: tests/with-servers build/dev/bin/redis_tests");
  REQUIRE_FALSE(url.empty());
  url.erase(url.find('\n'));
  return url.replace(url.find("DATABASE"), 8, std::to_string(number));
}

// What an administrator, or an attacker, does with it.
class Admin {
 public:
  explicit Admin(const std::string& url)
      : redis_(cache::parse_redis_url(url), std::chrono::seconds(20)) {}
  cache::RedisReply operator()(std::initializer_list<std::string_view> command) {
    const auto replies = redis_.run({command});
    REQUIRE(replies);
    return replies->front();
  }
  std::vector<std::string> keys(const std::string& pattern) {
    std::vector<std::string> keys;
    for (const auto& key : (*this)({"KEYS", pattern}).list) keys.push_back(key.text);
    return keys;
  }

 private:
  cache::Redis redis_;
};

// Talks to one client at a time, on a Unix socket: `talk` gets the connection when something came.
class FakeRedis {
 public:
  explicit FakeRedis(std::function<void(int fd)> talk) : talk_(std::move(talk)) {
    fd_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, path_.size());
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd_, 16) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  FakeRedis(const FakeRedis&) = delete;
  FakeRedis& operator=(const FakeRedis&) = delete;
  ~FakeRedis() {
    stopping_ = true;
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  std::string url() const { return "unix://" + path_; }

 private:
  void serve() {
    for (;;) {
      const int client = ::accept(fd_, nullptr, nullptr);
      if (client < 0) return;
      char buffer[4096];
      while (!stopping_ && ::recv(client, buffer, sizeof buffer, 0) > 0) talk_(client);
      ::close(client);
    }
  }

  const Scratch scratch_;
  const std::string path_ = scratch_ / "socket";
  std::function<void(int)> talk_;
  int fd_ = -1;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace tokctl::testing
