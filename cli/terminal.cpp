#include "cli/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "base/utf8.h"

namespace tokctl::cli {
namespace {

constexpr std::size_t kLineMax = 4096;

volatile sig_atomic_t caught_signal = 0;

void catch_signal(int number) { caught_signal = number; }

// The controlling terminal, with echo off if asked, put back in order by the destructor. While it
// lives, a signal that would end the program ends the read instead, so that the destructor runs.
// It is let through only while waiting for a key: one that came just before would wait for the
// next.
class Terminal {
 public:
  explicit Terminal(bool echo) : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (fd_ < 0) throw Error(Code::kDeclined, "terminal.missing", "there is no terminal to ask on");
    caught_signal = 0;
    sigset_t ours;
    ::sigemptyset(&ours);
    for (const int number : kSignals) ::sigaddset(&ours, number);
    ::sigprocmask(SIG_BLOCK, &ours, &old_mask_);
    struct sigaction action{};
    action.sa_handler = catch_signal;
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &old_[i]);
    if (!echo && ::tcgetattr(fd_, &before_) == 0) {
      termios quiet = before_;
      quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      quiet.c_lflag |= ECHONL;
      // TCSAFLUSH: what was typed before the prompt is not the answer.
      changed_ = ::tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
    }
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &old_[i], nullptr);
    ::sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
    ::close(fd_);
  }

  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(fd_, text.data(), text.size());
      if (written <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  // A line without its newline; nothing more than kLineMax is kept, and then it is refused.
  SecretString read_line() const {
    SecretString buffer = SecretString::of_size(kLineMax);
    std::size_t size = 0;
    for (;;) {
      pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
      ::ppoll(&waiting, 1, nullptr, &old_mask_);
      if (caught_signal != 0) {
        write("\n");
        throw Error(Code::kInterrupted, "interrupted", "interrupted");
      }
      if (waiting.revents == 0) continue;
      char c = 0;
      const ssize_t got = ::read(fd_, &c, 1);
      if (got <= 0 || c == '\n') break;
      if (size == kLineMax) throw Error(Code::kUsage, "input.too_long", "the line is too long");
      buffer.fill()[size++] = c;
    }
    return SecretString(buffer.reveal().substr(0, size));
  }

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  int fd_;
  bool changed_ = false;
  termios before_{};
  sigset_t old_mask_{};
  std::array<struct sigaction, kSignals.size()> old_{};
};

}  // namespace

bool somebody_is_there() {
  if (::isatty(STDIN_FILENO) == 0 && ::isatty(STDERR_FILENO) == 0) return false;
  const int fd = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

bool ask_yes(const std::string& question) {
  const Terminal terminal(true);
  terminal.write(printable(question) + " [y/N] ");
  const SecretString answer = terminal.read_line();
  const std::string text = ascii_lower(answer.reveal());
  return text == "y" || text == "yes";
}

SecretString ask_secret(const std::string& prompt) {
  const Terminal terminal(false);
  terminal.write(printable(prompt) + ": ");
  return terminal.read_line();
}

bool use_color(Color color, int fd) {
  if (color != Color::kAuto) return color == Color::kAlways;
  const char* no_color = std::getenv("NO_COLOR");
  return (no_color == nullptr || *no_color == '\0') && ::isatty(fd) != 0;
}

}  // namespace tokctl::cli
