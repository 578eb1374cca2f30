#include "cli/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "cli/message.h"

namespace tokctl::cli {
namespace {

constexpr std::int64_t kCells = 30;
constexpr Clock::Steady kPause = std::chrono::milliseconds(100);
constexpr Clock::Steady kGuessAfter = std::chrono::seconds(2);  // sooner, a guess is a bad one

// How long the rest takes if it goes on as it did.
std::string time_left(Clock::Steady elapsed, double part) {
  if (elapsed < kGuessAfter || part <= 0 || part >= 1) return {};
  const double seconds = std::chrono::duration<double>(elapsed).count() * (1 - part) / part;
  if (seconds > 360'000) return {};
  auto left = std::chrono::ceil<Seconds>(std::chrono::duration<double>(seconds));
  if (left > std::chrono::minutes(2)) left = std::chrono::ceil<std::chrono::minutes>(left);
  return fmt::format(", {} left", format_duration(left));
}

}  // namespace

ProgressBar::ProgressBar(Context& context, std::string what)
    : context_(context),
      bytes_(what == "bytes"),
      what_(bytes_ ? "MB" : std::move(what)),
      shown_(!context.globals().quiet && !context.globals().verbose &&
             ::isatty(STDERR_FILENO) != 0),
      started_(context.clock().steady()),
      next_(started_ + kPause) {}

ProgressBar::~ProgressBar() { clear(); }

auth::Progress ProgressBar::progress() {
  if (!shown_) return {};
  return [this](std::int64_t done, std::int64_t total) { update(done, total); };
}

void ProgressBar::update(std::int64_t done, std::int64_t total) {
  if (!shown_) return;
  const auto now = context_.clock().steady();
  if (now < next_) return;
  next_ = now + kPause;
  drawn_ = true;
  if (total <= 0) {
    say(fmt::format("\r{} {}\x1b[K", amount(done), what_));
    return;
  }
  const auto part =
      static_cast<double>(std::clamp<std::int64_t>(done, 0, total)) / static_cast<double>(total);
  const auto full = static_cast<std::size_t>(part * static_cast<double>(kCells));
  say(fmt::format("\r[{}{}] {:3.0f}%  {} of {} {}{}\x1b[K", std::string(full, '#'),
                  std::string(static_cast<std::size_t>(kCells) - full, '.'), part * 100,
                  amount(done), amount(total), what_, time_left(now - started_, part)));
}

std::string ProgressBar::amount(std::int64_t count) const {
  if (!bytes_) return fmt::format("{}", count);
  return fmt::format("{:.1f}", static_cast<double>(count) / 1e6);
}

void ProgressBar::clear() noexcept {
  if (std::exchange(drawn_, false)) say("\r\x1b[K");
}

}  // namespace tokctl::cli
