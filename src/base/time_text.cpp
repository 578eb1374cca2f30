#include "base/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace tokctl {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  milliseconds length;
};

// Largest first, which is the order a duration is spelled in.
constexpr auto kUnits = std::to_array<Unit>({
    {"w", std::chrono::weeks(1)},
    {"d", std::chrono::days(1)},
    {"h", std::chrono::hours(1)},
    {"m", std::chrono::minutes(1)},
    {"s", std::chrono::seconds(1)},
    {"ms", milliseconds(1)},
});

// Digits only, so neither sign nor space; nothing when it does not fit.
std::optional<std::int64_t> parse_digits(std::string_view text) {
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!digits || text.empty() || error != std::errc{}) return std::nullopt;
  return value;
}

std::string format(milliseconds length) {
  const auto exact = [length](const Unit& unit) { return length % unit.length == milliseconds(0); };
  if (length == milliseconds(0)) return "0s";
  const Unit& unit = *std::ranges::find_if(kUnits, exact);  // the last one always is
  return fmt::format("{}{}", length / unit.length, unit.name);
}

constexpr Time new_year(int year) {
  return std::chrono::sys_days(std::chrono::year(year) / std::chrono::January / 1);
}
constexpr Time kFirst = new_year(1);
constexpr Time kLast = new_year(10000) - Seconds(1);

std::optional<Time> in_bounds(Time time) {
  if (time < kFirst || time > kLast) return std::nullopt;
  return time;
}

// Reads a text of fixed fields from left to right. Once something is not as expected, it stays bad.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    const auto value = parse_digits(rest_.substr(0, digits));
    if (rest_.size() < digits || !value) return fail();
    rest_.remove_prefix(digits);
    return static_cast<int>(*value);
  }

  // Takes the next character, which has to be one of `allowed`, and returns it.
  char one_of(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) {
      fail();
      return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  void skip_fraction() {
    if (!rest_.starts_with('.')) return;
    const auto end = std::min(rest_.find_first_not_of("0123456789", 1), rest_.size());
    if (end == 1) {
      fail();
    } else {
      rest_.remove_prefix(end);
    }
  }

  bool complete() const { return ok_ && rest_.empty(); }

 private:
  int fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

// RFC 3339 §5.6.
std::optional<Time> parse_rfc3339(std::string_view text) {
  Fields in(text);
  const int year = in.number(4);
  in.one_of("-");
  const int month = in.number(2);
  in.one_of("-");
  const int day = in.number(2);
  in.one_of("Tt");
  const int hour = in.number(2);
  in.one_of(":");
  const int minute = in.number(2);
  in.one_of(":");
  const int second = in.number(2);
  in.skip_fraction();
  Seconds offset{0};
  if (const char sign = in.one_of("Zz+-"); sign == '+' || sign == '-') {
    const int hours = in.number(2);
    in.one_of(":");
    const int minutes = in.number(2);
    if (hours > 23 || minutes > 59) return std::nullopt;
    offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    if (sign == '-') offset = -offset;
  }
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!in.complete() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const Time time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                    std::chrono::minutes(minute) + Seconds(second) - offset;
  // A leap second comes at the end of a UTC day only (§5.7); Unix time counts it as the second
  // after.
  const bool midnight = time == std::chrono::floor<std::chrono::days>(time);
  if (second == 60 && !midnight) return std::nullopt;
  return in_bounds(time);
}

std::optional<Time> parse_unix(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return in_bounds(from_unix(value));
}

}  // namespace

std::optional<milliseconds> parse_timeout(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = parse_digits(text.substr(0, digits));
  const auto unit = std::ranges::find(kUnits, text.substr(digits), &Unit::name);
  if (!count || *count == 0 || unit == kUnits.end()) return std::nullopt;
  if (*count > kMaxDuration / unit->length) return std::nullopt;
  return *count * unit->length;
}

std::optional<Seconds> parse_duration(std::string_view text) {
  const auto length = parse_timeout(text);
  if (!length || text.ends_with("ms")) return std::nullopt;
  return std::chrono::duration_cast<Seconds>(*length);
}

std::optional<Time> parse_moment(std::string_view text, Time now) {
  if (text.starts_with('@')) return parse_unix(text.substr(1));
  if (const auto duration = parse_duration(text)) {
    if (now < kFirst || now > kLast - *duration) return std::nullopt;
    return now + *duration;
  }
  return parse_rfc3339(text);
}

std::string format_rfc3339(Time time) {
  const Time shown = std::clamp(time, kFirst, kLast);
  const auto day = std::chrono::floor<std::chrono::days>(shown);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(shown - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string format_relative(Time time, Time now) {
  // Clamped, the difference of any two moments fits.
  const Seconds distance = std::clamp(time, kFirst, kLast) - std::clamp(now, kFirst, kLast);
  if (distance == Seconds(0)) return "now";
  const Seconds length = std::chrono::abs(distance);
  const auto fits = [length](const Unit& unit) {
    return unit.name != "w" && unit.length <= length;
  };
  const Unit& unit = *std::ranges::find_if(kUnits, fits);
  const auto text = fmt::format("{}{}", length / unit.length, unit.name);
  return distance > Seconds(0) ? "in " + text : text + " ago";
}

std::string format_duration(Seconds duration) {
  return format(
      std::clamp(duration, -kMaxDuration, kMaxDuration));  // so that milliseconds can hold it
}

std::string format_timeout(milliseconds timeout) { return format(timeout); }

}  // namespace tokctl
