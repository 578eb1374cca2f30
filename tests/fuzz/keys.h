// Keys, as the fuzzers of JWK and PEM read them.
#pragma once

#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "base/utf8.h"
#include "crypto/jwk.h"
#include "fuzz/require.h"

namespace tokctl::fuzz {

inline Random& random() {
  static SystemRandom random;
  return random;
}

// One of each small type: RSA is too slow to be read at every turn.
inline const std::array<std::string, 3>& sound_keys() {
  using crypto::Jwk;
  using crypto::JwsAlgorithm;
  const auto made = [](JwsAlgorithm algorithm) {
    return std::string(Jwk::generate(algorithm, random()).private_json().reveal());
  };
  static const std::array kKeys = {made(JwsAlgorithm::kEdDsa), made(JwsAlgorithm::kEs256),
                                   made(JwsAlgorithm::kHs256)};
  return kKeys;
}

// A refusal is a sentence of ours, which repeats nothing of what it refuses.
inline void require_refusal(const Error& error) {
  require(error.id() == "jwk.malformed" || error.id() == "jwk.invalid");
  require(error.code() == Code::kUsage && error.message().size() < 120);
  require(std::ranges::all_of(error.message(), [](char c) { return c >= ' ' && c <= '~'; }));
}

// `from` makes a key of a text, or refuses it.
template <typename From>
void read_key(std::string_view text, const From& from) {
  try {
    const crypto::Jwk key = from(text);
    require(crypto::is_kid(key.kid()));
    const SecretString written = key.private_json();
    const auto again = crypto::Jwk::from_json(written.reveal(), crypto::Trust::kForeign, random());
    require(again.private_json().reveal() == written.reveal());
    require(again.can_sign() == key.can_sign());
    if (key.can_sign()) require(again.verify(text, key.sign(text)));
    require(!key.verify(text, {}));
  } catch (const Error& error) {
    require_refusal(error);
  }
}

}  // namespace tokctl::fuzz
