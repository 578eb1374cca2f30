// What every use case works with. Internal: programs see it only as a name.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/config.h"
#include "base/random.h"
#include "crypto/keyring.h"
#include "crypto/password.h"
#include "db/pool.h"

namespace tokctl::auth {

struct Context {
  // `pool_` is over config_.db; whoever opened it has looked into it already.
  Context(Config config_, Clock& clock_, Random& random_, crypto::Keyring keyring_,
          std::unique_ptr<db::Pool> pool_)
      : config(std::move(config_)),
        clock(clock_),
        random(random_),
        keyring(std::move(keyring_)),
        owned_pool(std::move(pool_)),
        pool(*owned_pool) {}

  const Config config;
  Clock& clock;
  Random& random;
  const crypto::Keyring keyring;
  const std::unique_ptr<db::Pool> owned_pool;
  db::Pool& pool;
  const crypto::PasswordHasher hasher;
};

}  // namespace tokctl::auth
