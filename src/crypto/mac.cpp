#include "crypto/mac.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "crypto/length_prefix.h"

namespace tokctl::crypto {
namespace {

using State = crypto_auth_hmacsha256_state;

State* as_state(std::uint8_t* bytes) { return reinterpret_cast<State*>(bytes); }

}  // namespace

Digest sha256(std::span<const std::uint8_t> bytes) {
  Digest digest;
  crypto_hash_sha256(digest.data(), bytes.data(), bytes.size());
  return digest;
}

MacKey::MacKey(std::span<const std::uint8_t> key) : state_(sizeof(State)) {
  constexpr std::uint8_t kNothing =
      0;  // libsodium takes no null pointer, not even with no bytes behind it
  crypto_auth_hmacsha256_init(as_state(state_.fill().data()), key.empty() ? &kNothing : key.data(),
                              key.size());
}

Mac::Mac(const MacKey& key) {
  static_assert(sizeof(State) <= sizeof state_ && alignof(State) <= 16);
  std::memcpy(state_.data(), key.state_.reveal().data(), sizeof(State));
}

Mac::~Mac() { wipe(state_); }

Mac& Mac::add(std::span<const std::uint8_t> bytes) {
  crypto_auth_hmacsha256_update(as_state(state_.data()), bytes.data(), bytes.size());
  return *this;
}

Mac& Mac::add_lp(std::span<const std::uint8_t> bytes) {
  return add(length_prefix(bytes.size())).add(bytes);
}

Digest Mac::finish() {
  Digest digest;
  crypto_auth_hmacsha256_final(as_state(state_.data()), digest.data());
  return digest;
}

SecretBytes hkdf_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> salt,
                        std::string_view info, std::size_t size) {
  if (size > 255 * kDigestSize) throw std::invalid_argument("hkdf_sha256: size");
  // §2.2. HMAC pads its key with zeros, so an empty salt is the 32 zero bytes that the RFC asks
  // for.
  Digest pseudo_random_key = Mac(MacKey(salt)).add(key).finish();
  const MacKey expand(pseudo_random_key);
  wipe(pseudo_random_key);

  SecretBytes output(size);  // §2.3
  std::span<std::uint8_t> rest = output.fill();
  Digest block{};
  for (std::uint8_t counter = 1; !rest.empty(); ++counter) {
    Mac mac(expand);
    if (counter > 1) mac.add(block);
    block = mac.add(info).add({&counter, 1}).finish();
    const std::size_t taken = std::min(rest.size(), block.size());
    std::copy_n(block.begin(), taken, rest.begin());
    rest = rest.subspan(taken);
  }
  wipe(block);
  return output;
}

}  // namespace tokctl::crypto
