#include "db/connection.h"
#include "db/postgres/connection.h"
#include "db/postgres/target.h"

namespace tokctl::db::postgres {
namespace {

class PostgresDriver final : public Driver {
 public:
  std::string_view name() const override { return "postgres"; }
  bool accepts(std::string_view url) const override {
    return url.starts_with("postgres://") || url.starts_with("postgresql://");
  }
  std::unique_ptr<Connection> open(std::string_view url,
                                   const OpenOptions& options) const override {
    return std::make_unique<PostgresConnection>(read_target(url, options.timeout), options);
  }
};

}  // namespace
}  // namespace tokctl::db::postgres

extern "C" __attribute__((visibility("default"))) const tokctl::db::Driver* tokctl_driver(int abi) {
  static const tokctl::db::postgres::PostgresDriver kDriver;
  return abi == tokctl::db::kDriverAbi ? &kDriver : nullptr;
}
