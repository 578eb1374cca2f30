// What `tokctl serve` is held beside: the least that answers /auth by SQLite. libmicrohttpd, a
// digest of the token, one join; no bounds, no caches, no revocation, nobody told why.
//
//   bench-prototype PORT DATABASE
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <openssl/sha.h>
#include <signal.h>
#include <sqlite3.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

namespace {

const char* database = nullptr;

// One connection a thread, as tokctl's threads have.
sqlite3_stmt* statement() {
  thread_local sqlite3_stmt* const kStatement = [] {
    sqlite3* db = nullptr;
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_open(database, &db) != SQLITE_OK ||
        sqlite3_prepare_v2(db,
                           "SELECT u.id, u.email, t.scopes FROM tokens t JOIN users u ON u.id = "
                           "t.user WHERE t.digest = ? AND t.expires > ? AND u.status = 'active'",
                           -1, &prepared, nullptr) != SQLITE_OK)
      std::abort();
    return prepared;
  }();
  return kStatement;
}

MHD_Result answer(void* /*cls*/, MHD_Connection* connection, const char* /*url*/,
                  const char* /*method*/, const char* /*version*/, const char* /*data*/,
                  size_t* /*size*/, void** context) {
  static char seen;
  if (*context == nullptr) {
    *context = &seen;
    return MHD_YES;
  }
  constexpr std::string_view kBearer = "Bearer ";
  const char* header = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
  std::string_view token = header != nullptr ? header : "";
  if (token.starts_with(kBearer)) token.remove_prefix(kBearer.size());
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());

  sqlite3_stmt* const row = statement();
  sqlite3_bind_blob(row, 1, digest.data(), static_cast<int>(digest.size()), SQLITE_STATIC);
  sqlite3_bind_int64(row, 2, std::time(nullptr));
  const bool found = sqlite3_step(row) == SQLITE_ROW;
  MHD_Response* response = MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT);
  constexpr std::array kNames{"X-Auth-User", "X-Auth-Email", "X-Auth-Scopes"};
  for (int column = 0; found && column < 3; ++column) {
    MHD_add_response_header(response, kNames[static_cast<std::size_t>(column)],
                            reinterpret_cast<const char*>(sqlite3_column_text(row, column)));
  }
  sqlite3_reset(row);
  const MHD_Result queued = MHD_queue_response(connection, found ? 200 : 401, response);
  MHD_destroy_response(response);
  return queued;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  database = argv[2];
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  MHD_Daemon* daemon =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, nullptr, nullptr, &answer, nullptr,
                       MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_THREAD_POOL_SIZE, 2U,
                       MHD_OPTION_CONNECTION_LIMIT, 2048U, MHD_OPTION_END);
  if (daemon == nullptr) return 1;
  int signal = 0;
  sigwait(&ends, &signal);
  MHD_stop_daemon(daemon);
  return 0;
}
