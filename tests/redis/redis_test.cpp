#include "cache/redis.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "redis/server.h"
#include "support/error.h"

namespace tokctl::cache {
namespace {

using std::chrono::milliseconds;
using testing::FakeRedis;
using testing::redis_url;

TEST_CASE("redis: asked by socket and by TCP, with a password, many things at once") {
  const std::string file = GENERATE("url", "tcp_url");
  Redis redis(parse_redis_url(redis_url(file, 3)), milliseconds(5000));
  const std::string odd("a\0\r\n\xFF", 5);
  const auto replies = redis.run({{"FLUSHDB"},
                                  {"SET", "k" + odd, odd},
                                  {"GET", "k" + odd},
                                  {"GET", "nothing"},
                                  {"INCR", "n"},
                                  {"SADD", "s", "a", "b"},
                                  {"SMEMBERS", "s"}});
  REQUIRE(replies);
  REQUIRE(replies->size() == 7);
  CHECK((*replies)[2].text == odd);
  CHECK((*replies)[3].kind == RedisReply::Kind::kNothing);
  CHECK((*replies)[4].number == 1);
  CHECK((*replies)[6].list.size() == 2);
  CHECK(redis.up());
  // In the database asked for, and in no other.
  Redis other(parse_redis_url(redis_url(file, 4)), milliseconds(5000));
  CHECK(other.run({{"EXISTS", "n"}})->front().number == 0);
}

TEST_CASE("redis: an error, and a wrong password, open the breaker") {
  Redis redis(parse_redis_url(redis_url("url", 3)), milliseconds(5000));
  CHECK_FALSE(redis.run({{"NOSUCHCOMMAND"}}));
  CHECK_FALSE(redis.up());
  CHECK_FALSE(redis.run({{"PING"}}));  // not even asked
  CHECK(redis.probe("probe"));
  CHECK(redis.run({{"PING"}}));

  std::string wrong = redis_url("tcp_url");
  wrong.replace(wrong.find(':', 7) + 1, 4, "xxxx");
  Redis stranger(parse_redis_url(wrong), milliseconds(5000));
  CHECK_FALSE(stranger.run({{"PING"}}));
  CHECK_FALSE(stranger.probe("probe"));
  CHECK_FALSE(stranger.trouble().empty());
}

void say(int fd, std::string_view text) { ::send(fd, text.data(), text.size(), MSG_NOSIGNAL); }

TEST_CASE("redis: whatever a server does, the answer is nothing, and in time") {
  const std::function<void(int)> talks[] = {
      [](int fd) { say(fd, "-LOADING Redis is loading the dataset in memory\r\n"); },
      [](int fd) { say(fd, "-OOM command not allowed when used memory > 'maxmemory'.\r\n"); },
      [](int fd) { say(fd, "-READONLY You can't write against a read only replica.\r\n"); },
      [](int fd) { say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n"); },
      [](int fd) { say(fd, std::string(100'000, '\0')); },
      [](int fd) { say(fd, "$-7\r\n"); },
      [](int fd) { say(fd, "$99999999999999999999\r\n"); },
      [](int fd) { say(fd, "*1000000000\r\n"); },
      [](int fd) { say(fd, "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n$1\r\na\r\n"); },
      [](int fd) { say(fd, "$10\r\nabc"); },
      [](int) {},
      [](int fd) { ::shutdown(fd, SHUT_RDWR); },
      [](int fd) {  // a byte at a time, so that each wait alone is short
        for (int i = 0; i < 100; ++i) {
          say(fd, i == 0 ? "$" : "1");
          std::this_thread::sleep_for(milliseconds(20));
        }
      },
      [](int fd) {  // without end
        say(fd, "$999999999\r\n");
        for (int i = 0; i < 600; ++i) say(fd, std::string(60000, 'x'));
      },
      [](int fd) { say(fd, "+OK\r\n+OK\r\n"); },  // more than was asked for
  };
  int number = 0;
  for (const auto& talk : talks) {
    CAPTURE(number++);
    FakeRedis fake(talk);
    Redis redis(parse_redis_url(fake.url()), milliseconds(200));
    const auto started = std::chrono::steady_clock::now();
    CHECK_FALSE(redis.run({{"GET", "a"}}));
    CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(5));
    CHECK_FALSE(redis.up());
    CHECK_FALSE(redis.trouble().empty());
    for (int i = 0; i < 1000; ++i) CHECK_FALSE(redis.run({{"GET", "a"}}));
  }
}

TEST_CASE("redis: nobody there") {
  for (const char* url : {"unix:///nowhere/at/all", "redis://127.0.0.1:1"}) {
    Redis redis(parse_redis_url(url), milliseconds(200));
    CHECK(redis.up());
    CHECK_FALSE(redis.run({{"PING"}}));
    CHECK_FALSE(redis.up());
    CHECK_FALSE(redis.probe("probe"));
  }
}

}  // namespace
}  // namespace tokctl::cache
