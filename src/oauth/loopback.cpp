#include "oauth/loopback.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include "base/error.h"
#include "base/secret.h"

namespace tokctl::oauth {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kRequestMax = std::size_t{16} << 10;  // bytes
constexpr std::chrono::seconds kPerConnection{2};

constexpr std::string_view kStyle =
    "body{font:17px/1.5 system-ui,sans-serif;max-width:32em;margin:20vh auto;padding:0 1em;"
    "color:#222;background:#fff}@media(prefers-color-scheme:dark){body{color:#ddd;"
    "background:#111}}";

// The address holds the code, so nothing may be led away from it.
std::string page(int status, std::string_view title, std::string_view text) {
  const std::string body = fmt::format(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\""
      " content=\"width=device-width\"><title>{0}</title><style>{2}</style></head>"
      "<body><h1>{0}</h1><p>{1}</p></body></html>\n",
      title, text, kStyle);
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n"
      "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: "
      "nosniff\r\n"
      "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors "
      "'none'\r\nConnection: close\r\n\r\n{}",
      status, status == 200 ? "OK" : "Not Found", body.size(), body);
}

class Connection {
 public:
  explicit Connection(int fd) : fd_(fd), end_(SteadyClock::now() + kPerConnection) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(fd_); }

  // The request up to the end of its header; empty when it does not come.
  SecretString read() {
    SecretString request = SecretString::of_size(kRequestMax);
    std::size_t size = 0;
    while (size < kRequestMax && ready(POLLIN)) {
      const ssize_t got = ::recv(fd_, request.fill().data() + size, kRequestMax - size, 0);
      if (got <= 0) break;
      size += static_cast<std::size_t>(got);
      const std::string_view text = request.reveal().substr(0, size);
      if (text.find("\r\n\r\n") != std::string_view::npos) return SecretString(text);
    }
    return {};
  }

  void write(std::string_view text) {
    while (!text.empty() && ready(POLLOUT)) {
      const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    // Closed with something unread, the connection would be reset and the page with it.
    ::shutdown(fd_, SHUT_WR);
    char rest[1024];
    while (ready(POLLIN) && ::recv(fd_, rest, sizeof(rest), 0) > 0) continue;
  }

 private:
  bool ready(short what) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end_ - SteadyClock::now());
    pollfd waiting{.fd = fd_, .events = what, .revents = 0};
    return left.count() > 0 && ::poll(&waiting, 1, static_cast<int>(left.count())) > 0;
  }

  int fd_;
  SteadyClock::time_point end_;
};

}  // namespace

std::optional<std::string_view> callback_query(std::string_view request) {
  const std::string_view line = request.substr(0, request.find("\r\n"));
  constexpr std::string_view kGet = "GET ";
  if (!line.starts_with(kGet)) return std::nullopt;
  const std::string_view target = line.substr(kGet.size(), line.rfind(' ') - kGet.size());
  const auto question = target.find('?');
  if (question == std::string_view::npos || target.substr(0, question) != Loopback::kPath) {
    return std::nullopt;
  }
  return target.substr(question + 1);
}

Loopback::Loopback(std::uint16_t port)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    if (listener_ >= 0) ::close(listener_);
    throw Error(Code::kUnavailable, "oauth.port",
                port == 0 ? "no port of this machine can be listened on"
                          : fmt::format("port {} cannot be listened on", port),
                "choose another with --port, or use --redirect-uri or --device");
  }
  port_ = ntohs(address.sin_port);
}

Loopback::~Loopback() { ::close(listener_); }

std::string Loopback::redirect_uri() const {
  return fmt::format("http://127.0.0.1:{}{}", port_, kPath);
}

std::optional<std::string> Loopback::wait(
    Seconds wait, const std::function<bool(std::string_view query)>& answers) {
  // Real time: it is people and sockets that are waited for.
  const auto end = SteadyClock::now() + wait;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - SteadyClock::now());
    if (left.count() <= 0) return std::nullopt;
    pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
    const int most = static_cast<int>(std::min<std::int64_t>(left.count(), 60'000));
    if (::poll(&waiting, 1, most) <= 0) continue;
    const int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) continue;
    Connection connection(accepted);
    const SecretString request = connection.read();
    const auto query = callback_query(request.reveal());
    if (query && answers(*query)) {
      connection.write(page(200, "You may close this window",
                            "tokctl has the answer. How it went on is to be read there."));
      return std::string(*query);
    }
    connection.write(page(404, "Nothing here", "This address does not belong to a login of now."));
  }
}

}  // namespace tokctl::oauth
