#include "oauth/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "base/config.h"
#include "base/error.h"
#include "oauth/curl.h"
#include "oauth/endpoint.h"

namespace tokctl::oauth {
namespace {

constexpr Seconds kRetryAfterMax = std::chrono::hours(24);

// What arrives of an answer. It comes in pieces, kept apart until their sum is known: a secret is
// not moved about by a growing buffer.
struct Arriving {
  std::size_t limit;
  std::size_t header_size = 0;
  std::size_t size = 0;
  std::vector<SecretString> pieces;
  bool too_large = false;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& arriving = *static_cast<Arriving*>(user);
  if (size > arriving.limit - arriving.size) {
    arriving.too_large = true;
    return 0;
  }
  arriving.size += size;
  arriving.pieces.emplace_back(std::string_view(data, size));
  return size;
}

std::size_t take_header(char*, std::size_t, std::size_t size, void* user) {
  auto& arriving = *static_cast<Arriving*>(user);
  arriving.header_size += size;
  arriving.too_large = arriving.header_size > arriving.limit;
  return arriving.too_large ? 0 : size;
}

SecretString joined(const Arriving& arriving) {
  if (arriving.pieces.size() == 1) return arriving.pieces.front().clone();
  SecretString whole = SecretString::of_size(arriving.size);
  auto to = whole.fill().begin();
  for (const SecretString& piece : arriving.pieces) to = std::ranges::copy(piece.reveal(), to).out;
  return whole;
}

// The header lines as libcurl takes them, which copies them: wiped before they are freed.
class HeaderList {
 public:
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() {
    for (curl_slist* line = first_; line != nullptr; line = line->next) {
      wipe(line->data, std::strlen(line->data));
    }
    curl().slist_free_all(first_);
  }

  void add(std::string_view name, std::string_view value) {
    const auto fine = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; };
    if (name.empty() || name.find(':') != std::string_view::npos ||
        !std::ranges::all_of(name, fine) || !std::ranges::all_of(value, fine)) {
      throw Error(Code::kUsage, "oauth.header", "a header has a line end or another control in it");
    }
    // Without a value libcurl would take `Name:` for the wish to send no such header.
    SecretString line = SecretString::of_size(name.size() + 2 + value.size() + 1);
    auto to = std::ranges::copy(name, line.fill().begin()).out;
    to = std::ranges::copy(std::string_view(value.empty() ? ";" : ": "), to).out;
    std::ranges::copy(value, to);
    append(line.reveal().data());
  }
  // No header of that name, though libcurl would send one.
  void leave_out(std::string_view name) { append((std::string(name) + ":").c_str()); }

  curl_slist* get() const { return first_; }

 private:
  void append(const char* line) {
    curl_slist* longer = curl().slist_append(first_, line);
    if (longer == nullptr) throw std::bad_alloc();
    first_ = longer;
  }

  curl_slist* first_ = nullptr;
};

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  if (curl().easy_setopt(handle, option, value) != CURLE_OK) {
    throw Error(Code::kUnavailable, "oauth.no_curl", "libcurl is older than this program needs");
  }
}

[[noreturn]] void fail(CURLcode code, bool too_large, const std::string& host) {
  const auto remote = [&host](const char* id, std::string_view what) {
    return Error(Code::kRemote, id, fmt::format("{} {}", host, what));
  };
  if (too_large) throw remote("oauth.too_large", "answered more than is read of an answer");
  switch (code) {
    case CURLE_OUT_OF_MEMORY:
      throw std::bad_alloc();
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      throw remote("oauth.unreachable", "has no known address");
    case CURLE_COULDNT_CONNECT:
      throw remote("oauth.unreachable", "cannot be reached");
    case CURLE_OPERATION_TIMEDOUT:
      throw remote("oauth.timeout", "did not answer in time");
    case CURLE_PEER_FAILED_VERIFICATION:
      throw remote("oauth.tls", "has a certificate that does not prove who it is");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
      throw remote("oauth.tls", "does not agree on a safe connection");
    default:
      throw remote("oauth.broken_off", "broke off its answer");
  }
}

}  // namespace

HttpClient::HttpClient(HttpLimits limits) : limits_(limits) {}

HttpClient::HttpClient(HttpClient&& other) noexcept
    : limits_(other.limits_), handle_(std::exchange(other.handle_, nullptr)) {}

HttpClient::~HttpClient() {
  if (handle_ != nullptr) curl().easy_cleanup(handle_);
}

HttpResponse HttpClient::send(const HttpRequest& request) {
  const Endpoint endpoint = check_endpoint(request.url, "the URL");
  if (handle_ == nullptr) handle_ = curl().easy_init();
  if (handle_ == nullptr) throw std::bad_alloc();
  // Whatever way this ends, libcurl keeps no pointer to what is about to go.
  const std::unique_ptr<void, void (*)(void*)> reset(handle_,
                                                     [](void* h) { curl().easy_reset(h); });

  HeaderList headers;
  for (const HttpHeader& header : request.headers) headers.add(header.name, header.value.reveal());
  headers.leave_out("Expect");  // a server that does not know 100-continue costs a second

  Arriving arriving{.limit = limits_.body, .pieces = {}};
  CURL* handle = handle_;
  set(handle, CURLOPT_URL, request.url.c_str());
  set(handle, CURLOPT_PROTOCOLS_STR, endpoint.secure ? "https" : "http");
  set(handle, CURLOPT_FOLLOWLOCATION, 0L);
  set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  set(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  const auto authorities = system_environment()("SSL_CERT_FILE");
  if (authorities) {
    set(handle, CURLOPT_CAINFO, authorities->c_str());
    // Instead of the system's, which libcurl would go on to ask in their folder.
    set(handle, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!endpoint.secure) set(handle, CURLOPT_PROXY, "");  // loopback never leaves this machine
  set(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect.count()));
  set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.total.count()));
  // Neither a signal for a time-out nor a wait for a resolver that hangs.
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_QUICK_EXIT, 1L);
  set(handle, CURLOPT_USERAGENT, "tokctl");
  set(handle, CURLOPT_HTTPHEADER, headers.get());
  if (request.method == "HEAD") {
    set(handle, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET" || !request.body.empty()) {
    set(handle, CURLOPT_POSTFIELDS, request.body.reveal().data());
    set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  set(handle, CURLOPT_WRITEFUNCTION, take_body);
  set(handle, CURLOPT_WRITEDATA, static_cast<void*>(&arriving));
  set(handle, CURLOPT_HEADERFUNCTION, take_header);
  set(handle, CURLOPT_HEADERDATA, static_cast<void*>(&arriving));

  const CURLcode code = curl().easy_perform(handle);
  if (code != CURLE_OK) fail(code, arriving.too_large, endpoint.host);

  HttpResponse response;
  long status = 0;
  curl().easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  const char* type = nullptr;
  curl().easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) response.content_type = type;
  curl_off_t retry_after = 0;  // also of a date; 0 is none
  curl().easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
  if (retry_after > 0) {
    response.retry_after = std::min<Seconds>(Seconds(retry_after), kRetryAfterMax);
  }
  response.body = joined(arriving);
  return response;
}

}  // namespace tokctl::oauth
