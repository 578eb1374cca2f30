#include "cache/redis.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/resolve.h"

namespace tokctl::cache {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kIdleMax = 16;                       // connections kept
constexpr std::size_t kAnswerMax = std::size_t{16} << 20;  // bytes: more is no answer of ours

// What went wrong, in tokctl's words: never Redis' own text.
struct Trouble {
  const char* what;
};

struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};
// hiredis' reader builds our replies straight away: its own would believe a server that announces
// a thousand million elements. The one that it is at is the reader's private data.
constexpr int kListMax = 1'000'000;

RedisReply* make_reply(const redisReadTask* task, RedisReply::Kind kind) {
  RedisReply* reply = nullptr;
  if (task->parent == nullptr) {
    reply = static_cast<RedisReply*>(task->privdata);
    *reply = {};
  } else {
    // Elements come one after another, so that no pointer into the list is in use when it grows.
    reply = &static_cast<RedisReply*>(task->parent->obj)->list.emplace_back();
  }
  reply->kind = kind;
  return reply;
}

void* make_text(const redisReadTask* task, char* text, std::size_t size) {
  RedisReply* reply = make_reply(
      task, task->type == REDIS_REPLY_ERROR ? RedisReply::Kind::kError : RedisReply::Kind::kText);
  reply->text.assign(text, size);
  return reply;
}

void* make_list(const redisReadTask* task, int elements) {
  if (elements > kListMax) return nullptr;
  return make_reply(task, RedisReply::Kind::kList);
}

void* make_number(const redisReadTask* task, long long number) {
  RedisReply* reply = make_reply(task, RedisReply::Kind::kNumber);
  reply->number = number;
  return reply;
}

void* make_nothing(const redisReadTask* task) {
  return make_reply(task, RedisReply::Kind::kNothing);
}

void free_reply(void*) {}  // the link's own, or in it

const redisReplyObjectFunctions kMakers = {make_text, make_list, make_number, make_nothing,
                                           free_reply};

void append_number(std::string& out, char kind, std::size_t number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out += kind;
  out.append(digits.data(), end);
  out += "\r\n";
}

}  // namespace

RedisCommands::RedisCommands(
    std::initializer_list<std::initializer_list<std::string_view>> commands) {
  for (const auto& words : commands) add(words);
}

RedisCommands::~RedisCommands() { wipe(text_.data(), text_.size()); }

void RedisCommands::add(std::initializer_list<std::string_view> words) {
  begin(words.size());
  for (const std::string_view word : words) append(word);
}

void RedisCommands::add(std::string_view word, const std::vector<std::string>& more) {
  begin(1 + more.size());
  append(word);
  for (const std::string& each : more) append(each);
}

// An array of texts (https://redis.io/docs/reference/protocol-spec/).
void RedisCommands::begin(std::size_t words) {
  if (text_.empty()) text_.reserve(128);  // enough for a GET
  ++size_;
  append_number(text_, '*', words);
}

void RedisCommands::append(std::string_view word) {
  append_number(text_, '$', word.size());
  text_ += word;
  text_ += "\r\n";
}

// One connection. Whatever goes wrong is thrown as Trouble, and the link is then of no use.
class Redis::Link {
 public:
  Link(const RedisUrl& url, std::chrono::milliseconds timeout, Steady::time_point deadline)
      : fd_(connect(url, deadline)),
        timeout_(timeout),
        reader_(redisReaderCreateWithFunctions(const_cast<redisReplyObjectFunctions*>(&kMakers))) {
    if (!reader_) throw Trouble{"cannot be asked: no memory"};
    reader_->privdata = &reply_;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout);
    const timeval longest{.tv_sec = seconds.count(),
                          .tv_usec = std::chrono::microseconds(timeout - seconds).count()};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) & ~O_NONBLOCK);
    RedisCommands greeting;
    if (!url.password.empty()) {
      const std::string_view password = url.password.reveal();
      if (url.user.empty()) {
        greeting.add({"AUTH", password});
      } else {
        greeting.add({"AUTH", url.user, password});
      }
    }
    if (url.database != "0") greeting.add({"SELECT", url.database});
    if (greeting.size() > 0) run(greeting, deadline, false);
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { ::close(fd_); }

  // `at_first`: nearly all the time is left.
  std::vector<RedisReply> run(const RedisCommands& commands, Steady::time_point deadline,
                              bool at_first) {
    at_first = send(commands.text(), deadline) && at_first;
    std::vector<RedisReply> replies;
    replies.reserve(commands.size());
    std::size_t received = 0;
    while (replies.size() < commands.size()) {
      void* raw = nullptr;
      if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK)
        throw Trouble{"gives no answer that makes sense"};
      if (raw != nullptr) {
        if (reply_.kind == RedisReply::Kind::kError) throw Trouble{"refuses a command"};
        replies.push_back(std::move(reply_));
      } else {
        received += receive(deadline, std::exchange(at_first, false));
        if (received > kAnswerMax) throw Trouble{"gives no answer that makes sense"};
      }
    }
    // An answer too many would be taken for that to the next question.
    if (reader_->pos != reader_->len) throw Trouble{"gives no answer that makes sense"};
    answered_ = deadline - timeout_;  // or a little later
    return replies;
  }

  // Whether it is still connected and silent, as it has to be when nothing was asked. One that has
  // only just answered is taken to be.
  bool usable(Steady::time_point now) const {
    if (now - answered_ < kSurelyUsable) return true;
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 0) == 0;
  }

 private:
  static void wait(int fd, short events, Steady::time_point deadline) {
    for (;;) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now()).count();
      pollfd waiting{.fd = fd, .events = events, .revents = 0};
      const int ready = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left)) : 0;
      if (ready > 0) return;
      if (ready == 0) throw Trouble{"does not answer in time"};
      if (errno != EINTR) throw Trouble{"cannot be reached"};
    }
  }

  static int connect(const RedisUrl& url, Steady::time_point deadline) {
    if (!url.socket.empty()) {
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      if (url.socket.size() >= sizeof address.sun_path) throw Trouble{"cannot be reached"};
      std::memcpy(address.sun_path, url.socket.data(), url.socket.size());
      return connect_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address,
                        deadline);
    }
    if (!resolvable_by(url.host, deadline))
      throw Trouble{"has a name that does not resolve in time"};
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found) != 0)
      throw Trouble{"has a name that does not resolve"};
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
      try {
        return connect_to(each->ai_family, each->ai_addr, each->ai_addrlen, deadline);
      } catch (const Trouble&) {
        if (each->ai_next == nullptr) throw;
      }
    }
    throw Trouble{"cannot be reached"};
  }

  static int connect_to(int family, const sockaddr* address, socklen_t size,
                        Steady::time_point deadline) {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) throw Trouble{"cannot be reached"};
    try {
      if (::connect(fd, address, size) != 0) {
        if (errno != EINPROGRESS) throw Trouble{"cannot be reached"};
        wait(fd, POLLOUT, deadline);
        int error = 0;
        socklen_t error_size = sizeof error;
        if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size) != 0 || error != 0)
          throw Trouble{"cannot be reached"};
      }
      const int on = 1;
      if (family != AF_UNIX) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return fd;
    } catch (...) {
      ::close(fd);
      throw;
    }
  }

  // Whether it went at once.
  bool send(std::string_view bytes, Steady::time_point deadline) {
    bool at_once = true;
    while (!bytes.empty()) {
      // cppcheck-suppress invalidLifetime  ; it is sent, not kept
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
        continue;
      }
      if (sent == 0 || (errno != EAGAIN && errno != EINTR))
        throw Trouble{"has closed the connection"};
      at_once = false;
      if (errno == EAGAIN) wait(fd_, POLLOUT, deadline);
    }
    return at_once;
  }

  std::size_t receive(Steady::time_point deadline, bool at_first) {
    std::array<char, 16384> buffer;
    for (;; at_first = false) {
      // At first, which is so for most answers, recv itself may wait as long as it does: one system
      // call less. After that as long as is left, and waiting first: a server that never
      // stops talking must not keep us past the deadline either.
      if (!at_first) wait(fd_, POLLIN, deadline);
      const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), at_first ? 0 : MSG_DONTWAIT);
      if (got > 0) {
        const auto size = static_cast<std::size_t>(got);
        if (redisReaderFeed(reader_.get(), buffer.data(), size) != REDIS_OK)
          throw Trouble{"gives no answer that makes sense"};
        return size;
      }
      if (got == 0 || (errno != EAGAIN && errno != EINTR))
        throw Trouble{"has closed the connection"};
    }
  }

  static constexpr std::chrono::milliseconds kSurelyUsable{10};

  const int fd_;
  const std::chrono::milliseconds timeout_;
  Steady::time_point answered_{};
  RedisReply reply_;  // the one that is being read
  const std::unique_ptr<redisReader, FreeReader> reader_;
};

Redis::Redis(RedisUrl url, std::chrono::milliseconds timeout)
    : url_(std::move(url)), timeout_(timeout) {}
Redis::~Redis() = default;

std::unique_ptr<Redis::Link> Redis::borrow(std::chrono::steady_clock::time_point now) {
  const std::lock_guard lock(mutex_);
  while (!idle_.empty()) {
    auto link = std::move(idle_.back());
    idle_.pop_back();
    if (link->usable(now)) return link;
  }
  return nullptr;
}

std::optional<std::vector<RedisReply>> Redis::try_run(const RedisCommands& commands) {
  const auto now = Steady::now();
  const auto deadline = now + timeout_;
  try {
    auto link = borrow(now);
    const bool connected = link != nullptr;
    if (!connected) link = std::make_unique<Link>(url_, timeout_, deadline);
    auto replies = link->run(commands, deadline, connected);
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleMax) idle_.push_back(std::move(link));
    return replies;
  } catch (const Trouble& trouble) {
    up_ = false;
    const std::lock_guard lock(mutex_);
    idle_.clear();  // what broke one has mostly broken them all
    trouble_ = trouble.what;
    return std::nullopt;
  }
}

std::optional<std::vector<RedisReply>> Redis::run(const RedisCommands& commands) {
  if (!up() || commands.size() == 0) return std::nullopt;
  return try_run(commands);
}

bool Redis::probe(const std::string& key) {
  if (try_run({{"SET", key, "1", "EX", "10"}})) up_ = true;
  return up();
}

std::string Redis::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

}  // namespace tokctl::cache
