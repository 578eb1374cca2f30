#include "http/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "base/utf8.h"
#include "http/microhttpd.h"

namespace tokctl::http {
namespace {

constexpr std::size_t kThreadsMax = 8;  // that serve connections, of each listener, unless told
// Of each lane: its threads, and how many may wait before them. Of passwords only four are hashed
// at a time, and a login takes a while on purpose, whatever the answer.
struct LaneSize {
  std::size_t threads, queue_max;
};
constexpr std::array<LaneSize, kLanes> kLaneSizes{
    {{.threads = 16, .queue_max = 1024}, {.threads = 16, .queue_max = 64}}};
constexpr std::size_t kRequestIdMax = 64;
constexpr const char* kTlsPriorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

// Half the processors: who asks is mostly on this machine too. A thread that has to take turns with
// him lets all its connections wait meanwhile.
std::size_t threads_of(const ServerOptions& options) {
  if (options.threads != 0) return options.threads;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency() / 2, 1, kThreadsMax);
}

std::string make_run_id(Random& random) {
  std::array<std::uint8_t, 8> bytes{};
  random.fill(bytes);
  return hex_encode(bytes) + '-';
}

// What may be repeated in our logs and answers.
bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= kRequestIdMax &&
         std::ranges::all_of(text, [](unsigned char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  c == '-' || c == '_' || c == '.';
         });
}

Response closing(Response response) {
  response.headers.emplace_back("Connection", "close");
  return response;
}

// RFC 9110 §5.6.2 and §5.5. libmicrohttpd takes more: a name with a space behind it, which others
// read as the name without.
bool is_field(std::string_view name, std::string_view value) {
  const auto is_control = [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; };
  return is_http_token(name) && std::ranges::none_of(value, is_control);
}

// Whether what follows on the connection is a request beyond doubt. A body where none belongs, or
// none where one does, is how somebody else's idea of where a request ends shows.
bool is_framed_plainly(const Request& request) {
  const std::size_t framing = request.count("content-length") + request.count("transfer-encoding");
  if (request.method == "POST") return framing == 1 && !request.body.empty();
  return (request.method == "GET" || request.method == "HEAD") && framing == 0;
}

// A target's absolute form, which a server must take too (RFC 9112 §3.2.2), says which host is
// asked; all of them get one answer.
std::string_view without_host(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto place = target.find_first_of("/?", scheme.size());
    return place == std::string_view::npos ? "/" : target.substr(place);
  }
  return target;
}

// What is wrong with a head as such, if anything: whoever understands one otherwise than the server
// in front does could be made to take a part of its body for another request.
std::optional<Response> refused_head(const Request& request, std::size_t target_size) {
  if (target_size > kTargetMax) return closing(refusal(414, "invalid_request"));
  if (request.headers.size() > kHeadersMax) return closing(refusal(431, "invalid_request"));
  if (!std::ranges::all_of(request.headers,
                           [](const auto& field) { return is_field(field.first, field.second); }))
    return closing(refusal(400, "invalid_request"));
  const std::size_t lengths = request.count("content-length");
  const std::size_t codings = request.count("transfer-encoding");
  if (lengths + codings > 1 || request.count("host") > 1)
    return closing(refusal(400, "invalid_request"));
  if (codings == 1 && request.header("transfer-encoding") != "chunked")
    return closing(refusal(400, "invalid_request"));
  if (lengths == 0) return std::nullopt;
  const std::string_view text = request.header("content-length");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (end != text.data() + text.size()) return closing(refusal(400, "invalid_request"));
  // One that is on its way is read first, if it ends soon: who cannot send on looks for no answer.
  const std::size_t most = request.count("expect") == 0 ? kBodyRead : kBodyMax;
  if (error != std::errc{} || length > most) return closing(refusal(413, "invalid_request"));
  return std::nullopt;
}

}  // namespace

// One request and its answer.
struct Server::Exchange {
  enum class Stage { kHead, kBody, kAnswered };

  explicit Exchange(Server& server_, const char* target_) : server(server_), target(target_) {
    const std::string_view place = without_host(target);
    const auto question = std::min(place.find('?'), place.size());
    request.path = place.substr(0, question);
    request.query = place.substr(std::min(question + 1, place.size()));
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  // A body may be a password, an answer a token.
  ~Exchange() {
    wipe(request.body.data(), request.body.size());
    wipe(response.body.data(), response.body.size());
  }

  Server& server;
  const std::string target;
  Stage stage = Stage::kHead;
  Request request;
  bool too_large = false;
  Response response;
  Clock::Steady begun{0};
};

struct Server::Calls {
  static void* target(void* cls, const char* uri, MHD_Connection* /*connection*/) noexcept {
    return new (std::nothrow) Exchange(*static_cast<Server*>(cls), uri);
  }

  static MHD_Result handle(void* /*cls*/, MHD_Connection* connection, const char* /*url*/,
                           const char* method, const char* /*version*/, const char* data,
                           size_t* size, void** context) noexcept {
    auto* exchange = static_cast<Exchange*>(*context);
    if (exchange == nullptr) return MHD_NO;
    Server& server = exchange->server;
    try {
      switch (exchange->stage) {
        case Exchange::Stage::kHead:
          exchange->request.method = method;
          server.take_headers(connection, *exchange);
          if (exchange->stage != Exchange::Stage::kAnswered) return MHD_YES;
          break;
        case Exchange::Stage::kBody:
          if (*size != 0) {
            // Read to its end all the same: what is left unread would be taken for a request.
            exchange->too_large =
                exchange->too_large || exchange->request.body.size() + *size > kBodyMax;
            if (!exchange->too_large) exchange->request.body.append(data, *size);
            *size = 0;
            return MHD_YES;
          }
          // False: it is a worker's now, and may have gone already.
          if (!server.answer(connection, *exchange)) return MHD_YES;
          break;
        case Exchange::Stage::kAnswered:
          break;
      }
      return server.send(connection, *exchange) != 0 ? MHD_YES : MHD_NO;
    } catch (const std::exception&) {
      return MHD_NO;  // out of memory: the connection is closed
    }
  }

  static MHD_Result header(void* cls, MHD_ValueKind /*kind*/, const char* name, size_t name_size,
                           const char* value, size_t value_size) noexcept {
    auto* headers = static_cast<decltype(Request::headers)*>(cls);
    if (headers->size() > kHeadersMax) return MHD_NO;
    headers->emplace_back(std::string_view(name, name_size),
                          std::string_view(value != nullptr ? value : "", value_size));
    return MHD_YES;
  }

  static void completed(void* cls, MHD_Connection* connection, void** context,
                        MHD_RequestTerminationCode /*code*/) noexcept {
    auto* exchange = static_cast<Exchange*>(*context);
    if (exchange == nullptr) return;
    auto* server = static_cast<Server*>(cls);
    const Clock::Steady now = server->clock_.steady();
    if (exchange->stage != Exchange::Stage::kHead) server->finish(*exchange, now);
    Connections::grant(server->visitor(connection), now + Connections::kIdleTime);
    delete exchange;
    *context = nullptr;
  }

  static void connection(void* cls, MHD_Connection* connection, void** context,
                         MHD_ConnectionNotificationCode code) noexcept {
    auto* server = static_cast<Server*>(cls);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      const auto* info =
          microhttpd().get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
      auto* visitor = server->connections_.opened(info->connect_fd);
      *context = visitor;
      server->show_certificate(connection, *visitor);
    } else {
      server->connections_.closed(*static_cast<Connections::Visitor*>(*context));
    }
  }
};

struct Server::Daemon {
  Daemon(Server& server, const Listener& listener, std::size_t connections_max, std::size_t threads,
         const std::string& certificate, const std::string& key) {
    const auto pointer = [](auto function) { return reinterpret_cast<std::intptr_t>(function); };
    std::vector<MHD_OptionItem> options{
        {MHD_OPTION_LISTEN_SOCKET, listener.fd(), nullptr},
        {MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? static_cast<std::intptr_t>(threads) : 0,
         nullptr},
        {MHD_OPTION_CONNECTION_LIMIT, static_cast<std::intptr_t>(connections_max), nullptr},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, static_cast<std::intptr_t>(kHeadMax), nullptr},
        {MHD_OPTION_CONNECTION_TIMEOUT, Connections::kIdleTime.count(), nullptr},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, nullptr},
        {MHD_OPTION_URI_LOG_CALLBACK, pointer(&Calls::target), &server},
        {MHD_OPTION_NOTIFY_COMPLETED, pointer(&Calls::completed), &server},
        {MHD_OPTION_NOTIFY_CONNECTION, pointer(&Calls::connection), &server}};
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    if (!certificate.empty()) {
      flags |= MHD_USE_TLS;
      options.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, const_cast<char*>(certificate.c_str())});
      options.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, const_cast<char*>(key.c_str())});
      options.push_back({MHD_OPTION_HTTPS_PRIORITIES, 0, const_cast<char*>(kTlsPriorities)});
    }
    options.push_back({MHD_OPTION_END, 0, nullptr});
    handle = microhttpd().start_daemon(flags, 0, nullptr, nullptr, &Calls::handle, nullptr,
                                       MHD_OPTION_ARRAY, options.data(), MHD_OPTION_END);
    if (handle == nullptr)
      throw Error(Code::kUnavailable, "serve.start", "cannot serve on " + listener.name());
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon() {
    stop_listening();
    microhttpd().stop_daemon(handle);
  }

  // Leaves the socket open: it is the listener's.
  void stop_listening() {
    if (!std::exchange(quiet, true)) microhttpd().quiesce_daemon(handle);
  }

  MHD_Daemon* handle = nullptr;
  bool quiet = false;
};

Server::Server(std::vector<Listener> listeners, const ServerOptions& options, Routes& routes,
               Metrics& metrics, Clock& clock, Random& random, Log& log)
    : routes_(routes),
      metrics_(metrics),
      clock_(clock),
      log_(log),
      run_id_(make_run_id(random)),
      connections_(clock),
      listeners_(std::move(listeners)) {
  for (std::size_t i = 0; i < kLanes; ++i)
    lanes_[i] = std::make_unique<Workers>(kLaneSizes[i].threads, kLaneSizes[i].queue_max);
  if (!options.tls_certificate.reveal().empty())
    take_certificate(options.tls_certificate, options.tls_key);
  const std::string certificate(options.tls_certificate.reveal());
  std::string key(options.tls_key.reveal());
  for (const Listener& listener : listeners_) {
    daemons_.push_back(std::make_unique<Daemon>(*this, listener,
                                                options.connections_max / listeners_.size(),
                                                threads_of(options), certificate, key));
  }
  wipe(key.data(), key.size());
}

Server::~Server() {
  stop_listening();
  // Whoever waits is answered first: libmicrohttpd cannot end what is suspended.
  for (auto& lane : lanes_) lane->stop();
  daemons_.clear();
}

void Server::stop_listening() {
  stopping_ = true;
  for (auto& daemon : daemons_) daemon->stop_listening();
  for (Listener& listener : listeners_) listener.close();
}

void Server::take_certificate(const SecretString& chain, const SecretString& key) {
  auto taken = std::make_shared<const Certificate>(chain, key);
  const std::lock_guard lock(certificate_mutex_);
  certificate_.swap(taken);
}

// libmicrohttpd has the one of the start, for as long as it runs: each session is told otherwise.
void Server::show_certificate(MHD_Connection* connection, Connections::Visitor& visitor) {
  {
    const std::lock_guard lock(certificate_mutex_);
    visitor.certificate = certificate_;
  }
  if (visitor.certificate == nullptr) return;
  const auto* info =
      microhttpd().get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  visitor.certificate->show_to(static_cast<gnutls_session_int*>(info->tls_session));
}

Connections::Visitor& Server::visitor(MHD_Connection* connection) const {
  const auto* info =
      microhttpd().get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return *static_cast<Connections::Visitor*>(info->socket_context);
}

std::string Server::request_id(const Request& request) {
  const std::string_view given = request.header("x-request-id");
  if (is_request_id(given)) return std::string(given);
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                 requests_.fetch_add(1, std::memory_order_relaxed), 16)
                       .ptr;
  std::string id;
  id.reserve(run_id_.size() + digits.size());
  id.append(run_id_).append(digits.data(), end);
  return id;
}

void Server::take_headers(MHD_Connection* connection, Exchange& exchange) {
  exchange.begun = clock_.steady();
  exchange.stage = Exchange::Stage::kBody;
  ++busy_;
  Request& request = exchange.request;
  request.headers.reserve(16);
  microhttpd().get_connection_values_n(connection, MHD_HEADER_KIND, &Calls::header,
                                       &request.headers);
  request.id = request_id(request);
  Connections::grant(visitor(connection), exchange.begun + Connections::kBodyTime);
  if (auto refused = refused_head(request, exchange.target.size())) {
    exchange.response = *std::move(refused);
    exchange.stage = Exchange::Stage::kAnswered;
  }
}

bool Server::answer(MHD_Connection* connection, Exchange& exchange) {
  Connections::grant(visitor(connection), Clock::Steady::max());  // it is us who take the time
  if (exchange.too_large) {
    exchange.response = closing(refusal(413, "invalid_request"));
  } else {
    auto answer = guarded(exchange, [&] { return routes_.at_once(exchange.request); });
    if (const Lane* lane = std::get_if<Lane>(&answer)) {
      answer_later(connection, exchange, *lane);
      return false;
    }
    exchange.response = std::get<Response>(std::move(answer));
  }
  exchange.stage = Exchange::Stage::kAnswered;
  return true;
}

void Server::answer_later(MHD_Connection* connection, Exchange& exchange, Lane lane) {
  // First, so that nobody resumes what is not suspended yet.
  microhttpd().suspend_connection(connection);
  const auto work = [this, connection, &exchange] {
    exchange.response = std::get<Response>(
        guarded(exchange, [&] { return Answer(routes_.answer(exchange.request)); }));
    exchange.stage = Exchange::Stage::kAnswered;
    microhttpd().resume_connection(connection);  // and the exchange is its thread's again
  };
  bool taken = false;
  try {
    taken = lanes_[static_cast<std::size_t>(lane)]->offer(work);
  } catch (const std::bad_alloc&) {
    taken = false;
  }
  if (taken) return;
  exchange.response = refusal(503, "temporarily_unavailable");
  exchange.response.headers.emplace_back("Retry-After", "1");
  exchange.stage = Exchange::Stage::kAnswered;
  microhttpd().resume_connection(connection);
}

template <typename Work>
Answer Server::guarded(const Exchange& exchange, const Work& work) noexcept {
  try {
    return work();
  } catch (const std::exception& error) {
    return failed(exchange, error);
  }
}

Response Server::failed(const Exchange& exchange, const std::exception& error) {
  Response response = failure(error);
  if (response.status >= 500)
    log_.write(LogLevel::kWarning, "request.failed", error, exchange.request.id);
  return response;
}

int Server::send(MHD_Connection* connection, Exchange& exchange) {
  Connections::grant(visitor(connection), clock_.steady() + Connections::kSendTime);
  const Microhttpd& mhd = microhttpd();
  Response& response = exchange.response;
  // The exchange outlives the answer.
  MHD_Response* message = mhd.create_response_from_buffer(
      response.body.size(), response.body.data(), MHD_RESPMEM_PERSISTENT);
  if (message == nullptr) return MHD_NO;
  // libmicrohttpd takes no empty value; white space around one is no part of it (RFC 9110 §5.5).
  const auto add = [&](const char* name, const std::string& value) {
    return mhd.add_response_header(message, name, value.empty() ? " " : value.c_str()) == MHD_YES;
  };
  bool whole = add("X-Request-Id", exchange.request.id);
  if (!response.body.empty()) whole = add("Content-Type", response.content_type) && whole;
  for (const auto& [name, value] : response.headers) whole = add(name, value) && whole;
  if (stopping_ || !is_framed_plainly(exchange.request))
    whole = add("Connection", "close") && whole;
  // An answer without a header of its own could be taken for another one.
  const int queued =
      whole ? mhd.queue_response(connection, static_cast<unsigned>(response.status), message)
            : MHD_NO;
  mhd.destroy_response(message);
  return queued;
}

void Server::finish(const Exchange& exchange, Clock::Steady now) {
  --busy_;
  const Clock::Steady took = now - exchange.begun;
  const std::string_view route = Routes::name_of(exchange.request);
  const Response& response = exchange.response;
  metrics_.answered(route, response.status, std::chrono::duration<double>(took).count());
  if (!response.reason.empty()) metrics_.judged(response.reason);
  log_.write(LogLevel::kDebug, "request",
             {{"request_id", exchange.request.id},
              {"method", exchange.request.method},
              {"route", route},
              {"status", response.status},
              {"reason", response.reason},
              {"took_us", std::chrono::duration_cast<std::chrono::microseconds>(took).count()}});
}

}  // namespace tokctl::http
