#include "http/serve.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "http/log.h"
#include "http/metrics_module.h"
#include "http/microhttpd.h"
#include "http/notify.h"
#include "http/routes.h"
#include "http/server.h"

namespace tokctl::http {
namespace {

constexpr std::string_view kDefaultListen = "127.0.0.1:8181";
constexpr std::chrono::milliseconds kTick{250};
constexpr Seconds kDrainTime{10};  // for requests that are being answered when it shall stop
constexpr std::size_t kPemMax = 256U << 10;

// Signals as something to read, so that they come between two steps and not amid one. Made before
// any thread is, which all inherit that they are blocked.
class Signals {
 public:
  Signals() {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&wanted, number);
    ::pthread_sigmask(SIG_BLOCK, &wanted, &before_);
    fd_ = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd_ < 0) throw Error(Code::kInternal, "serve.signals", "signals cannot be waited for");
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() {
    ::close(fd_);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  // The next one, or 0 when none has come for so long.
  int wait(std::chrono::milliseconds time) const {
    pollfd waited{.fd = fd_, .events = POLLIN, .revents = 0};
    ::poll(&waited, 1, static_cast<int>(time.count()));
    signalfd_siginfo info{};
    if (::read(fd_, &info, sizeof info) != sizeof info) return 0;
    return static_cast<int>(info.ssi_signo);
  }

 private:
  sigset_t before_{};
  int fd_ = -1;
};

// A connection takes a descriptor, and the usual limit is that of programs that use select(2).
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<Listener> listen(const ServeConfig& options, const ServiceManager& manager) {
  std::vector<Listener> listeners;
  for (const int fd : manager.sockets()) listeners.push_back(Listener::taken(fd));
  std::vector<std::string> names = options.listen;
  if (names.empty() && listeners.empty()) names.emplace_back(kDefaultListen);
  for (const std::string& name : names)
    listeners.push_back(Listener::on(name, options.socket_mode));
  for (const Listener& listener : listeners) {
    if (!listener.is_public() || options.insecure || !options.tls_certificate.empty()) continue;
    throw Error(Code::kUsage, "serve.public",
                fmt::format("{} can be reached by other machines, which would send their tokens "
                            "for everybody to read",
                            printable(listener.name())),
                "give --tls-cert and --tls-key, or --insecure");
  }
  return listeners;
}

SecretString read_certificate(const std::string& path) {
  auto file = read_file(path, kPemMax);
  if (file) return std::move(file->text);
  throw Error(Code::kUsage, "serve.tls", printable(path) + " does not exist");
}

struct Pems {
  SecretString certificate, key;
};

Pems read_pems(const ServeConfig& options) {
  return {read_certificate(options.tls_certificate), read_private_file(options.tls_key, kPemMax)};
}

ServerOptions server_options(const ServeConfig& options) {
  ServerOptions chosen{.connections_max = options.connections_max,
                       .threads = options.threads,
                       .tls_certificate = {},
                       .tls_key = {}};
  if (options.tls_certificate.empty()) return chosen;
  auto [certificate, key] = read_pems(options);
  chosen.tls_certificate = std::move(certificate);
  chosen.tls_key = std::move(key);
  return chosen;
}

// What is left to do is done by one thread, which the watchdog watches.
class Daemon {
 public:
  Daemon(const ServeConfig& options, const Signals& signals, const ServiceManager& manager,
         Library& library, Server& server, Clock& clock, Log& log)
      : options_(options),
        signals_(signals),
        manager_(manager),
        library_(library),
        server_(server),
        clock_(clock),
        log_(log) {}

  void run() {
    manager_.tell("READY=1");
    for (int signal = step(); signal != SIGTERM && signal != SIGINT; signal = step()) {
      if (signal == SIGHUP) reload();
    }
    manager_.tell("STOPPING=1");
    log_.write(LogLevel::kInfo, "stopping");
    server_.stop_listening();
    drain();
  }

 private:
  int step() {
    const int signal = signals_.wait(kTick);
    server_.look_after();
    const auto every = manager_.watchdog();
    if (every && clock_.steady() >= bark_at_) {
      bark_at_ = clock_.steady() + *every / 3;
      manager_.tell("WATCHDOG=1");
    }
    return signal;
  }

  void reload() {
    manager_.tell_reloading();
    // Each for itself: an old certificate is no reason to go on with old keys.
    const bool opened = attempt([this] { library_.reload(); });
    const bool certified = attempt([this] {
      if (options_.tls_certificate.empty()) return;
      const auto [certificate, key] = read_pems(options_);
      server_.take_certificate(certificate, key);
    });
    if (opened && certified) log_.write(LogLevel::kInfo, "reloaded");
    manager_.tell("READY=1");
  }

  template <typename Work>
  bool attempt(const Work& work) {
    try {
      work();
      return true;
    } catch (const std::exception& error) {
      log_.write(LogLevel::kError, "reload.failed", error);
      return false;
    }
  }

  // A second signal does not wait.
  void drain() {
    const Clock::Steady end = clock_.steady() + kDrainTime;
    while (server_.busy() > 0 && clock_.steady() < end) {
      const int signal = step();
      if (signal == SIGTERM || signal == SIGINT) return;
    }
  }

  const ServeConfig& options_;
  const Signals& signals_;
  const ServiceManager& manager_;
  Library& library_;
  Server& server_;
  Clock& clock_;
  Log& log_;
  Clock::Steady bark_at_{0};
};

}  // namespace

void serve(const Library::Load& load, const ServeConfig& options, Clock& clock, Random& random) {
  if (options.tls_certificate.empty() != options.tls_key.empty())
    throw Error(Code::kUsage, "serve.tls", "a certificate and its key go together",
                "give both --tls-cert and --tls-key");
  microhttpd();  // or nothing else needs to be begun
  const auto metrics = load_metrics();
  const ServiceManager manager;
  const Signals signals;
  raise_descriptor_limit();
  auto listeners = listen(options, manager);
  Log log(options.log_level);
  Library library(load, clock, random, log, *metrics);
  Routes routes(library, *metrics, {.cookie = options.cookie}, clock);
  const ServerOptions server = server_options(options);
  for (const Listener& listener : listeners)
    log.write(LogLevel::kInfo, "listening", {{"on", listener.name()}});
  {
    Server serving(std::move(listeners), server, routes, *metrics, clock, random, log);
    Daemon(options, signals, manager, library, serving, clock, log).run();
  }
  log.write(LogLevel::kInfo, "stopped");
}

}  // namespace tokctl::http
