#include "oauth/refresh_duty.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "unit/oauth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

using std::chrono::minutes;

namespace {

struct Background : OAuthFixture {
  Background() {
    save(kAlice, minutes(60));
    clock.advance(minutes(58));
  }

  // Until the provider was asked so often, or for ten seconds.
  void wait_for_calls(int wanted) const {
    for (int n = 0; n < 1000 && calls < wanted; ++n) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
};

}  // namespace

TEST_CASE_METHOD(Background, "upkeep: due grants are refreshed") {
  std::vector<std::string> told;
  t->upkeep().start([&](const std::exception& error) { told.push_back(error.what()); });
  wait_for_calls(1);
  t->upkeep().stop();
  CHECK(told.empty());
  CHECK(token() == "access-1");
  CHECK(calls == 1);
}

TEST_CASE_METHOD(Background, "upkeep: a grant that cannot be refreshed is told of") {
  answer_with(500, "{}");
  std::vector<std::string> told;
  t->upkeep().start(
      [&](const std::exception& error) { told.push_back(dynamic_cast<const Error&>(error).id()); });
  wait_for_calls(1);
  t->upkeep().stop();
  CHECK(told == std::vector<std::string>{"oauth.refresh_failed"});
  CHECK(grant().failures == 1);
}

TEST_CASE_METHOD(Background, "upkeep: a program that only validates refreshes nothing") {
  t->upkeep().start_caching({});
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  t->upkeep().stop();
  CHECK(calls == 0);
}

TEST_CASE_METHOD(Background, "upkeep: a duty is done again after its time, and ends with upkeep") {
  std::atomic<int> times = 0;
  bool ended = false;
  std::vector<std::string> told;
  t->upkeep().add({.every = Seconds(0), .work = [&](const auto& stopping, const auto& tell) {
                     if (++times < 3) throw Error(Code::kInternal, "test", "wrong");
                     tell(Error(Code::kInternal, "test", "told"));
                     while (!stopping()) std::this_thread::yield();
                     ended = true;
                   }});
  t->upkeep().start([&](const std::exception& error) { told.push_back(error.what()); });
  while (times < 3) std::this_thread::yield();
  t->upkeep().stop();
  CHECK(ended);
  CHECK(times == 3);
  CHECK(told == std::vector<std::string>{"wrong", "wrong", "told"});
}
