// What every use case works with. Internal: programs see it only as a name.
#pragma once

#include "base/clock.h"
#include "base/config.h"
#include "base/random.h"
#include "crypto/keyring.h"
#include "crypto/password.h"
#include "db/pool.h"

namespace tokctl::auth {

struct Context {
  Context(Config config_, Clock& clock_, Random& random_, crypto::Keyring keyring_)
      : config(std::move(config_)),
        clock(clock_),
        random(random_),
        keyring(std::move(keyring_)),
        pool(config.db, {.timeout = config.timeout}, config.trace) {}

  const Config config;
  Clock& clock;
  Random& random;
  const crypto::Keyring keyring;
  db::Pool pool;
  const crypto::PasswordHasher hasher;
};

}  // namespace tokctl::auth
