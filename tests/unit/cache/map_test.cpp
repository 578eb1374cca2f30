#include "cache/map.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>

namespace tokctl::cache {
namespace {

const auto kAlways = [](const Entry&) { return true; };

EntryPtr entry(const std::string& id, const std::string& user = "u", std::int64_t seq = 0) {
  auto made = std::make_shared<Entry>();
  made->principal.id = id;
  made->principal.public_id = user;
  made->read_at.seq = seq;
  return made;
}

SystemRandom& random_source() {
  static SystemRandom random;
  return random;
}

TEST_CASE("map: finds what was put in, until it is too old") {
  Map map(100, Seconds(60), random_source());
  CHECK(map.find("a", Seconds(0)) == nullptr);
  CHECK(map.put("a", entry("1"), Seconds(10), kAlways));
  CHECK(map.put("b", entry("2"), Seconds(20), kAlways));
  REQUIRE(map.find("a", Seconds(69)) != nullptr);
  CHECK(map.find("a", Seconds(69))->principal.id == "1");
  CHECK(map.find("a", Seconds(70)) == nullptr);  // hits have not extended it
  CHECK(map.find("b", Seconds(70))->principal.id == "2");
  CHECK(map.find("A", Seconds(20)) == nullptr);
  CHECK(map.find("", Seconds(20)) == nullptr);
  map.put("a", entry("3"), Seconds(80), kAlways);
  CHECK(map.find("a", Seconds(80))->principal.id == "3");
  CHECK(map.size() == 2);
}

TEST_CASE("map: what is not admitted does not get in") {
  Map map(100, Seconds(60), random_source());
  CHECK_FALSE(map.put("a", entry("1"), Seconds(0), [](const Entry&) { return false; }));
  CHECK(map.find("a", Seconds(0)) == nullptr);
}

TEST_CASE("map: removal by token, by user, of all, and of what no longer stands") {
  Map map(100, Seconds(60), random_source());
  map.put("a", entry("1", "bill"), Seconds(0), kAlways);
  map.put("b", entry("2", "bill"), Seconds(0), kAlways);
  map.put("c", entry("3", "ann"), Seconds(0), kAlways);
  map.put("d", entry("4", "ann"), Seconds(0), kAlways);
  map.remove({"1"}, {});
  CHECK(map.find("a", Seconds(1)) == nullptr);
  CHECK(map.find("b", Seconds(1)) != nullptr);
  map.remove({"4"}, {"bill"});
  CHECK(map.find("b", Seconds(1)) == nullptr);
  CHECK(map.find("c", Seconds(1)) != nullptr);
  CHECK(map.size() == 1);

  auto short_lived = std::make_shared<Entry>();
  short_lived->principal.expires_at = from_unix(100);
  map.put("e", short_lived, Seconds(30), kAlways);
  map.sweep(Seconds(40), from_unix(99));
  CHECK(map.size() == 2);
  map.sweep(Seconds(40), from_unix(100));
  CHECK(map.size() == 1);
  map.sweep(Seconds(60), from_unix(99));
  CHECK(map.size() == 0);
  map.put("a", entry("1"), Seconds(0), kAlways);
  map.clear();
  CHECK(map.size() == 0);
}

TEST_CASE("map: it is bounded, and has room for what it was made for") {
  Map map(10'000, Seconds(60), random_source());
  const std::size_t bytes = map.bytes();
  for (int n = 0; n < 10'000; ++n)
    map.put(std::to_string(n), entry(std::to_string(n)), Seconds(0), kAlways);
  CHECK(map.size() > 9'900);
  for (int n = 10'000; n < 200'000; ++n)
    map.put(std::to_string(n), entry(std::to_string(n)), Seconds(n / 10'000), kAlways);
  CHECK(map.size() <= bytes / 8);
  CHECK(map.size() < 40'000);
  CHECK(map.bytes() == bytes);
  // The oldest gave way.
  int newest = 0;
  for (int n = 195'000; n < 200'000; ++n)
    newest += map.find(std::to_string(n), Seconds(20)) != nullptr ? 1 : 0;
  CHECK(newest > 4'900);
}

TEST_CASE("map: an entry stands until it expires or is idle for too long") {
  Entry entry;
  entry.principal.issued_at = from_unix(1000);
  CHECK(entry.stands(from_unix(1'000'000'000'000)));
  entry.idle = Seconds(100);
  CHECK(entry.stands(from_unix(1099)));
  CHECK_FALSE(entry.stands(from_unix(1100)));
  entry.used = from_unix(1050);
  CHECK(entry.stands(from_unix(1149)));
  CHECK_FALSE(entry.stands(from_unix(1150)));
  entry.seen = 1120;
  CHECK(entry.stands(from_unix(1219)));
  entry.principal.expires_at = from_unix(1200);
  CHECK_FALSE(entry.stands(from_unix(1200)));
}

// Whoever fills asks the marks under the lock that removal takes, and removal comes after marking.
TEST_CASE("map: a fill that races a revocation leaves nothing behind") {
  Map map(1000, Seconds(60), random_source());
  std::atomic<bool> revoked = false;
  std::atomic<int> ready = 0;
  int left = 0;
  for (int round = 0; round < 2000; ++round) {
    map.clear();
    revoked = false;
    ready = 0;
    const auto meet = [&] {
      ++ready;
      while (ready < 2) std::this_thread::yield();
    };
    std::thread filler([&] {
      meet();
      map.put("t", entry("1"), Seconds(0), [&](const Entry&) { return !revoked; });
    });
    meet();
    revoked = true;
    map.remove({"1"}, {});
    filler.join();
    left += map.find("t", Seconds(0)) != nullptr ? 1 : 0;
  }
  CHECK(left == 0);
}

}  // namespace
}  // namespace tokctl::cache
