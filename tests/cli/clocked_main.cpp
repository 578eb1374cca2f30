// The program with a clock that a test sets: TOKCTL_TEST_NOW holds Unix seconds or RFC 3339, and
// pauses take no time.
#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "base/random.h"
#include "base/time_text.h"
#include "cli/run.h"

namespace {

class TestClock final : public tokctl::Clock {
 public:
  explicit TestClock(tokctl::Time now) : now_(now) {}
  tokctl::Time now() const override { return now_; }
  Steady steady() const override { return steady_; }
  void sleep_until(Steady moment) override { steady_ = std::max(steady_, moment); }

 private:
  tokctl::Time now_;
  Steady steady_{0};
};

}  // namespace

int main(int argc, char** argv) {
  const char* text = std::getenv("TOKCTL_TEST_NOW");
  const std::string_view now = text == nullptr ? "" : text;
  const bool digits = now.find_first_not_of("0123456789") == std::string_view::npos;
  const auto moment = tokctl::parse_moment(digits ? "@" + std::string(now) : std::string(now),
                                           tokctl::from_unix(0));
  if (!moment) {
    std::fputs("TOKCTL_TEST_NOW is not set to a moment\n", stderr);
    return 99;
  }
  TestClock clock(*moment);
  tokctl::SystemRandom random;
  return tokctl::cli::run(argc, argv, clock, random);
}
