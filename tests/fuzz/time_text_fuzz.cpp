// Times are bounded, and what is written is taken back as the same.
#include <cstring>
#include <string>

#include "base/time_text.h"
#include "require.h"

using namespace tokctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fuzz::require;
  std::int64_t seconds = 0;
  std::memcpy(&seconds, data, std::min(size, sizeof seconds));
  const Time now = from_unix(seconds);
  const std::string_view text = fuzz::text_of(data, size);
  const std::string_view rest = text.substr(std::min(size, sizeof seconds));

  for (const std::string_view each : {text, rest}) {
    if (const auto duration = parse_duration(each)) {
      require(*duration > Seconds(0) && *duration <= kMaxDuration);
      require(parse_duration(format_duration(*duration)) == duration);
      require(parse_timeout(each) == *duration);
    }
    if (const auto timeout = parse_timeout(each)) {
      require(parse_timeout(format_timeout(*timeout)) == timeout);
    }
    if (const auto moment = parse_moment(each, now)) {
      require(parse_moment(format_rfc3339(*moment), now) == moment);
      require(parse_moment("@" + std::to_string(to_unix(*moment)), now) == moment);
    }
  }
  require(format_rfc3339(now).size() == 20);
  require(!format_relative(now, from_unix(0)).empty());
  require(!format_relative(from_unix(0), now).empty());
  require(!format_duration(Seconds(seconds)).empty());
  return 0;
}
