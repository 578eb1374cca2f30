// Durations and moments as people and scripts write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace tokctl {

// A whole number and a unit: `90s`, `90m`, `12h`, `7d`, `2w`. Nothing when it is anything else, is
// zero or negative, or exceeds 1,000 years (kMaxDuration), so that adding it to a moment cannot
// overflow.
std::optional<Seconds> parse_duration(std::string_view text);
inline constexpr Seconds kMaxDuration = std::chrono::hours(24 * 365 * 1000);

// A time-out finer than a second: as parse_duration, and `250ms`.
std::optional<std::chrono::milliseconds> parse_timeout(std::string_view text);

// A moment: a duration from `now`, an RFC 3339 date-time (`2026-12-31T23:59:59Z`, offsets allowed,
// fractions dropped) or `@` and Unix seconds. Nothing for anything else, and for moments outside
// the years 0001 to 9999.
std::optional<Time> parse_moment(std::string_view text, Time now);

// RFC 3339 in UTC with whole seconds: `2026-12-31T23:59:59Z`. A moment outside the years 0001 to
// 9999 is shown as the nearest one inside.
std::string format_rfc3339(Time time);

// For eyes: `3h ago`, `in 7d`, `now`.
std::string format_relative(Time time, Time now);

// The exact spelling in the largest unit that fits: `90m`, `1d`. parse_duration takes back what it
// may take at all.
std::string format_duration(Seconds duration);
// The same for parse_timeout: `250ms`, `5s`.
std::string format_timeout(std::chrono::milliseconds timeout);

}  // namespace tokctl
