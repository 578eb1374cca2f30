#include "crypto/mac.h"

// OpenSSL's plain SHA-256 uses the processor's own instructions, which libsodium's does not: four
// times as fast for a web token. Deprecated in favour of EVP, whose first call costs a millisecond
// of start-up, more than everything else that validating one token takes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "crypto/length_prefix.h"

namespace tokctl::crypto {
namespace {

constexpr std::size_t kBlockSize = SHA256_CBLOCK;

// The two hashes of RFC 2104 §2, each with its padded key absorbed.
struct State {
  SHA256_CTX inner, outer;
};

State* as_state(std::uint8_t* bytes) { return reinterpret_cast<State*>(bytes); }

void start(SHA256_CTX& hash, std::span<const std::uint8_t> key, std::uint8_t pad) {
  std::array<std::uint8_t, kBlockSize> block{};
  std::ranges::copy(key, block.begin());
  for (std::uint8_t& byte : block) byte ^= pad;
  SHA256_Init(&hash);
  SHA256_Update(&hash, block.data(), block.size());
  wipe(block);
}

}  // namespace

Digest sha256(std::span<const std::uint8_t> bytes) {
  Digest digest;
  SHA256(bytes.data(), bytes.size(), digest.data());
  return digest;
}

Sha256::Sha256() {
  static_assert(sizeof(SHA256_CTX) <= sizeof state_ && alignof(SHA256_CTX) <= 16);
  SHA256_Init(reinterpret_cast<SHA256_CTX*>(state_.data()));
}

Sha256& Sha256::add(std::string_view text) {
  SHA256_Update(reinterpret_cast<SHA256_CTX*>(state_.data()), text.data(), text.size());
  return *this;
}

Sha256& Sha256::add_lp(std::string_view text) {
  const auto prefix = length_prefix(text.size());
  return add({reinterpret_cast<const char*>(prefix.data()), prefix.size()}).add(text);
}

Digest Sha256::finish() {
  Digest digest;
  SHA256_Final(digest.data(), reinterpret_cast<SHA256_CTX*>(state_.data()));
  return digest;
}

MacKey::MacKey(std::span<const std::uint8_t> key) : state_(sizeof(State)) {
  Digest hashed{};
  if (key.size() > kBlockSize) {
    hashed = sha256(key);
    key = hashed;
  }
  State* state = as_state(state_.fill().data());
  start(state->inner, key, 0x36);
  start(state->outer, key, 0x5c);
  wipe(hashed);
}

Mac::Mac(const MacKey& key) {
  static_assert(sizeof(State) == sizeof state_ && alignof(State) <= 8);
  std::memcpy(state_.data(), key.state_.reveal().data(), sizeof(State));
}

Mac::~Mac() { wipe(state_); }

Mac& Mac::add(std::span<const std::uint8_t> bytes) {
  SHA256_Update(&as_state(state_.data())->inner, bytes.data(), bytes.size());
  return *this;
}

Mac& Mac::add_lp(std::span<const std::uint8_t> bytes) {
  return add(length_prefix(bytes.size())).add(bytes);
}

Digest Mac::finish() {
  State* state = as_state(state_.data());
  Digest digest;
  SHA256_Final(digest.data(), &state->inner);
  SHA256_Update(&state->outer, digest.data(), digest.size());
  SHA256_Final(digest.data(), &state->outer);
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
