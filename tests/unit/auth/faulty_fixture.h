// A fixture whose database can be given faults.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "auth/context.h"
#include "db/driver.h"
#include "support/faulty_driver.h"
#include "unit/auth/fixture.h"

namespace tokctl::test {

template <typename Base>
struct Faulty : Base {
  using At = testing::FaultyDriver::At;

  ~Faulty() { this->t.reset(); }  // it uses the driver

  void open_faulty(bool is_server = true, std::size_t pool_size = 16,
                   std::chrono::milliseconds timeout = std::chrono::seconds(5)) {
    this->t.reset();
    driver.emplace(db::sqlite_driver(), is_server);
    Config chosen = this->config();
    chosen.timeout = timeout;
    auto pool =
        std::make_unique<db::Pool>(*driver, chosen.db, db::OpenOptions{.timeout = chosen.timeout},
                                   nullptr, db::PoolLimits{.size = pool_size});
    this->t = std::make_unique<Tokctl>(std::make_unique<auth::Context>(
        chosen, this->clock, this->random, crypto::load_keyring(chosen.key_file), std::move(pool)));
  }

  // `wrong` happens the first `times` times that the database is at this point.
  void fail(At at, void (*wrong)(), int times = 1) {
    driver->fault = [=, this](At where) {
      ++seen[where];
      if (where == at && seen[at] <= times) wrong();
    };
  }

  std::optional<testing::FaultyDriver> driver;
  std::map<At, int> seen;
};

}  // namespace tokctl::test
