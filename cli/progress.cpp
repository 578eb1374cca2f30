#include "cli/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "cli/message.h"

namespace tokctl::cli {
namespace {

constexpr std::int64_t kCells = 30;
constexpr Clock::Steady kPause = std::chrono::milliseconds(100);

}  // namespace

ProgressBar::ProgressBar(Context& context, std::string what)
    : context_(context),
      what_(std::move(what)),
      shown_(!context.globals().quiet && !context.globals().verbose &&
             ::isatty(STDERR_FILENO) != 0),
      next_(context.clock().steady() + kPause) {}

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
    say(fmt::format("\r{} {}\x1b[K", done, what_));
    return;
  }
  const auto part =
      static_cast<double>(std::clamp<std::int64_t>(done, 0, total)) / static_cast<double>(total);
  const auto full = static_cast<std::size_t>(part * static_cast<double>(kCells));
  say(fmt::format("\r[{}{}] {:3.0f}%  {} of {} {}\x1b[K", std::string(full, '#'),
                  std::string(static_cast<std::size_t>(kCells) - full, '.'), part * 100, done,
                  total, what_));
}

void ProgressBar::clear() noexcept {
  if (std::exchange(drawn_, false)) say("\r\x1b[K");
}

}  // namespace tokctl::cli
