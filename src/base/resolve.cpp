#include "base/resolve.h"

#include <netdb.h>

#include <cstring>
#include <memory>

namespace tokctl {
namespace {

// What the resolver's thread works on, for as long as it does.
struct LookUp {
  explicit LookUp(const std::string& name) : host(name) {
    std::memset(&request, 0, sizeof request);
    request.ar_name = host.c_str();
  }
  LookUp(const LookUp&) = delete;
  LookUp& operator=(const LookUp&) = delete;
  ~LookUp() {
    if (request.ar_result != nullptr) freeaddrinfo(request.ar_result);
  }

  const std::string host;
  gaicb request;
};

// An address needs nobody's answer, nor a thread to wait for it.
bool is_address(const std::string& host) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return false;
  freeaddrinfo(found);
  return true;
}

}  // namespace

bool resolvable_by(const std::string& host, std::chrono::steady_clock::time_point deadline) {
  using std::chrono::nanoseconds, std::chrono::seconds;
  if (is_address(host)) return true;
  auto look_up = std::make_unique<LookUp>(host);
  gaicb* list[] = {&look_up->request};
  if (getaddrinfo_a(GAI_NOWAIT, list, 1, nullptr) != 0) return true;
  while (gai_error(&look_up->request) == EAI_INPROGRESS) {
    const nanoseconds left = deadline - std::chrono::steady_clock::now();
    if (left <= nanoseconds(0)) {
      // One that is under way cannot be called back, and writes its answer when it comes.
      if (gai_cancel(&look_up->request) != EAI_CANCELED) {
        // NOLINTNEXTLINE(bugprone-unused-return-value): it is the resolver's from now on
        static_cast<void>(look_up.release());
      }
      return false;
    }
    const auto whole = std::chrono::duration_cast<seconds>(left);
    const timespec wait{.tv_sec = whole.count(), .tv_nsec = (left - whole).count()};
    gai_suspend(list, 1, &wait);
  }
  return true;
}

}  // namespace tokctl
