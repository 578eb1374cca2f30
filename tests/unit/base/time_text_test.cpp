#include "base/time_text.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

namespace tokctl {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::int64_t kYear1 = -62135596800;        // 0001-01-01T00:00:00Z
constexpr std::int64_t kYear9999End = 253402300799;  // 9999-12-31T23:59:59Z
constexpr Time kNow = from_unix(1767225599);         // 2025-12-31T23:59:59Z
constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
constexpr auto kMax = std::numeric_limits<std::int64_t>::max();

TEST_CASE("durations are a number and a unit") {
  CHECK(parse_duration("1s") == Seconds(1));
  CHECK(parse_duration("90s") == Seconds(90));
  CHECK(parse_duration("90m") == minutes(90));
  CHECK(parse_duration("12h") == hours(12));
  CHECK(parse_duration("7d") == hours(24 * 7));
  CHECK(parse_duration("2w") == hours(24 * 14));
  CHECK(parse_duration("007d") == hours(24 * 7));
}

TEST_CASE("what is not a duration is nothing") {
  for (const char* text :
       {"",    "s",         "5",     "0s",   "0d",   "-1s",  "+1s",  " 1s",  "1s ",
        "1 s", "1S",        "1y",    "1M",   "1ms",  "1.5h", "1e3s", "1h5m", "0x1s",
        "1ss", "\xD9\xA1s", "never", "1d\n", "--1s", "1,5h", "1s1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
  CHECK_FALSE(parse_duration(std::string_view("1s\0", 3)));
  CHECK_FALSE(parse_duration(std::string(65536, '1') + "s"));
}

TEST_CASE("a thousand years are the limit, in every unit") {
  CHECK(parse_duration("365000d") == kMaxDuration);
  CHECK_FALSE(parse_duration("365001d"));
  CHECK(parse_duration("8760000h") == kMaxDuration);
  CHECK_FALSE(parse_duration("8760001h"));
  CHECK(parse_duration("31536000000s") == kMaxDuration);
  CHECK_FALSE(parse_duration("31536000001s"));
  CHECK(parse_duration("52142w"));
  CHECK_FALSE(parse_duration("52143w"));
  CHECK_FALSE(parse_duration("9223372036854775807w"));
  CHECK_FALSE(parse_duration("9223372036854775808s"));
  CHECK_FALSE(parse_duration("18446744073709551617s"));
  CHECK(parse_timeout("31536000000000ms") == kMaxDuration);
  CHECK_FALSE(parse_timeout("31536000000001ms"));
}

TEST_CASE("a time-out may be finer than a second") {
  CHECK(parse_timeout("250ms") == milliseconds(250));
  CHECK(parse_timeout("5s") == milliseconds(5000));
  CHECK(parse_timeout("1d") == hours(24));
  for (const char* text : {"0ms", "0s", "ms", "5", "-5ms", "1.5s", "5us", "5 ms", "5mss"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timeout(text));
  }
}

TEST_CASE("durations are shown in the largest unit that fits") {
  CHECK(format_duration(Seconds(1)) == "1s");
  CHECK(format_duration(Seconds(60)) == "1m");
  CHECK(format_duration(Seconds(90)) == "90s");
  CHECK(format_duration(minutes(90)) == "90m");
  CHECK(format_duration(hours(24)) == "1d");
  CHECK(format_duration(hours(24 * 30)) == "30d");
  CHECK(format_duration(hours(24 * 14)) == "2w");
  CHECK(format_duration(Seconds(0)) == "0s");
  CHECK(format_duration(Seconds(-120)) == "-2m");
  CHECK(format_timeout(milliseconds(250)) == "250ms");
  CHECK(format_timeout(milliseconds(1500)) == "1500ms");
  CHECK(format_timeout(milliseconds(5000)) == "5s");
  CHECK(format_duration(Seconds(kMax)) == format_duration(kMaxDuration));
  CHECK(format_duration(Seconds(kMin)) == format_duration(-kMaxDuration));
}

TEST_CASE("durations round trip") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 2000; ++i) {
    const auto bound = kMaxDuration.count() >> (random() % 30);
    const Seconds duration(1 +
                           static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound)));
    CAPTURE(duration.count());
    CHECK(parse_duration(format_duration(duration)) == duration);
    const milliseconds timeout(duration.count());
    CHECK(parse_timeout(format_timeout(timeout)) == timeout);
  }
}

TEST_CASE("moments are RFC 3339") {
  CHECK(parse_moment("1970-01-01T00:00:00Z", kNow) == from_unix(0));
  CHECK(parse_moment("2025-12-31T23:59:59Z", kNow) == kNow);
  CHECK(parse_moment("2026-01-01T01:29:59+01:30", kNow) == kNow);
  CHECK(parse_moment("2025-12-31T15:59:59-08:00", kNow) == kNow);
  CHECK(parse_moment("2025-12-31t23:59:59z", kNow) == kNow);
  CHECK(parse_moment("2025-12-31T23:59:59.999999999999Z", kNow) == kNow);
  CHECK(parse_moment("2025-12-31T23:59:59-00:00", kNow) == kNow);
  CHECK(parse_moment("1969-12-31T23:59:59Z", kNow) == from_unix(-1));
  CHECK(parse_moment("2024-02-29T00:00:00Z", kNow) == from_unix(1709164800));
  CHECK(parse_moment("2000-02-29T00:00:00Z", kNow));
  CHECK_FALSE(parse_moment("2023-02-29T00:00:00Z", kNow));
  CHECK_FALSE(parse_moment("1900-02-29T00:00:00Z", kNow));
}

TEST_CASE("a leap second is the end of a UTC day") {
  CHECK(parse_moment("2016-12-31T23:59:60Z", kNow) == from_unix(1483228800));
  CHECK(parse_moment("2017-01-01T00:59:60+01:00", kNow) == from_unix(1483228800));
  CHECK_FALSE(parse_moment("2016-12-31T22:59:60Z", kNow));
  CHECK_FALSE(parse_moment("2016-12-31T23:58:60Z", kNow));
  CHECK_FALSE(parse_moment("2016-12-31T23:59:60+01:00", kNow));
  CHECK_FALSE(parse_moment("2016-12-31T23:59:61Z", kNow));
}

TEST_CASE("what is not a moment is nothing") {
  for (const char* text : {"",
                           "now",
                           "never",
                           "2026",
                           "2026-12-31",
                           "2026-12-31T23:59Z",
                           "2026-12-31T23:59:59",
                           "2026-12-31 23:59:59Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:60:00Z",
                           "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00,5Z",
                           "2026-01-01T00:00:00+24:00",
                           "2026-01-01T00:00:00+00:60",
                           "2026-01-01T00:00:00+0100",
                           "2026-01-01T00:00:00+1:00",
                           "26-01-01T00:00:00Z",
                           "02026-01-01T00:00:00Z",
                           "+2026-01-01T00:00:00Z",
                           "-001-01-01T00:00:00Z",
                           "2026-1-1T0:0:0Z",
                           "2026-01-01T00:00:00Zx",
                           " 2026-01-01T00:00:00Z",
                           "2026-01-01T00:00:00Z ",
                           "2026-01-01T-1:00:00Z",
                           "20260101T000000Z",
                           "2026-01-01T00:00:00z0",
                           "@",
                           "@x",
                           "@1x",
                           "@+1",
                           "@ 1",
                           "@1.5",
                           "@1e9",
                           "@--1",
                           "@0x10",
                           "1767225599"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_moment(text, kNow));
  }
  CHECK_FALSE(parse_moment(std::string_view("@1\0", 3), kNow));
  CHECK_FALSE(parse_moment("2026-01-01T00:00:00." + std::string(65536, '0'), kNow));
}

TEST_CASE("moments are of the years 1 to 9999") {
  CHECK(parse_moment("@1767225599", kNow) == kNow);
  CHECK(parse_moment("@0", kNow) == from_unix(0));
  CHECK(parse_moment("@-1", kNow) == from_unix(-1));
  CHECK(parse_moment("@-62135596800", kNow) == from_unix(kYear1));
  CHECK_FALSE(parse_moment("@-62135596801", kNow));
  CHECK(parse_moment("@253402300799", kNow) == from_unix(kYear9999End));
  CHECK_FALSE(parse_moment("@253402300800", kNow));
  CHECK_FALSE(parse_moment("@9223372036854775807", kNow));
  CHECK_FALSE(parse_moment("@9223372036854775808", kNow));
  CHECK_FALSE(parse_moment("@-9223372036854775808", kNow));
  CHECK(parse_moment("0001-01-01T00:00:00Z", kNow) == from_unix(kYear1));
  CHECK_FALSE(parse_moment("0001-01-01T00:00:00+00:01", kNow));
  CHECK_FALSE(parse_moment("0000-12-31T23:59:59Z", kNow));
  CHECK(parse_moment("0000-12-31T23:59:59-00:01", kNow));
  CHECK(parse_moment("9999-12-31T23:59:59Z", kNow) == from_unix(kYear9999End));
  CHECK_FALSE(parse_moment("9999-12-31T23:59:59-00:01", kNow));
  CHECK_FALSE(parse_moment("9999-12-31T23:59:60Z", kNow));
}

TEST_CASE("a duration is a moment from now, inside the same bounds") {
  CHECK(parse_moment("7d", kNow) == kNow + hours(24 * 7));
  CHECK(parse_moment("1s", from_unix(kYear9999End - 1)) == from_unix(kYear9999End));
  CHECK_FALSE(parse_moment("2s", from_unix(kYear9999End - 1)));
  CHECK_FALSE(parse_moment("365000d", from_unix(kMax)));
  CHECK_FALSE(parse_moment("1s", from_unix(kMin)));
  CHECK_FALSE(parse_moment("250ms", kNow));
}

TEST_CASE("moments are shown in UTC") {
  CHECK(format_rfc3339(kNow) == "2025-12-31T23:59:59Z");
  CHECK(format_rfc3339(from_unix(0)) == "1970-01-01T00:00:00Z");
  CHECK(format_rfc3339(from_unix(-1)) == "1969-12-31T23:59:59Z");
  CHECK(format_rfc3339(from_unix(kYear1)) == "0001-01-01T00:00:00Z");
  CHECK(format_rfc3339(from_unix(kMin)) == "0001-01-01T00:00:00Z");
  CHECK(format_rfc3339(from_unix(kMax)) == "9999-12-31T23:59:59Z");
}

TEST_CASE("moments round trip") {
  std::mt19937_64 random(4);
  std::uniform_int_distribution<std::int64_t> any(kYear1, kYear9999End);
  for (int i = 0; i < 5000; ++i) {
    const Time time = from_unix(any(random));
    CAPTURE(to_unix(time));
    CHECK(parse_moment(format_rfc3339(time), kNow) == time);
    CHECK(parse_moment("@" + std::to_string(to_unix(time)), kNow) == time);
  }
}

TEST_CASE("distances are for eyes") {
  CHECK(format_relative(kNow, kNow) == "now");
  CHECK(format_relative(kNow + Seconds(1), kNow) == "in 1s");
  CHECK(format_relative(kNow - Seconds(59), kNow) == "59s ago");
  CHECK(format_relative(kNow - Seconds(60), kNow) == "1m ago");
  CHECK(format_relative(kNow - hours(3) - minutes(59), kNow) == "3h ago");
  CHECK(format_relative(kNow + hours(24 * 7), kNow) == "in 7d");
  CHECK(format_relative(kNow + hours(24 * 400), kNow) == "in 400d");
  CHECK(format_relative(from_unix(kMax), from_unix(kMin)) == "in 3652058d");
  CHECK(format_relative(from_unix(kMin), from_unix(kMax)) == "3652058d ago");
}

}  // namespace
}  // namespace tokctl
