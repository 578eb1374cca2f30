#include <mysql.h>

#include <new>

#include "db/mysql/connection.h"
#include "db/mysql/credentials.h"
#include "db/mysql/target.h"

namespace tokctl::db::mysql {
namespace {

class MysqlDriver final : public Driver {
 public:
  std::string_view name() const override { return "mysql"; }
  bool accepts(std::string_view url) const override { return url.starts_with(kScheme); }
  std::unique_ptr<Connection> open(std::string_view url,
                                   const OpenOptions& options) const override {
    // The library's own first use is not safe in two threads.
    static const int kFailed = mysql_library_init(0, nullptr, nullptr);
    if (kFailed != 0) throw std::bad_alloc();
    Target target = parse_url(url);
    complete_credentials(target);
    return std::make_unique<MysqlConnection>(std::move(target), options);
  }
};

}  // namespace
}  // namespace tokctl::db::mysql

extern "C" __attribute__((visibility("default"))) const tokctl::db::Driver* tokctl_driver(int abi) {
  static const tokctl::db::mysql::MysqlDriver kDriver;
  return abi == tokctl::db::kDriverAbi ? &kDriver : nullptr;
}
