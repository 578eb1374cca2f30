// A sealed value opens at its place to what it was; anything else does not open.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "crypto/aes_gcm.h"
#include "crypto/password.h"
#include "crypto/seal.h"
#include "require.h"

using namespace tokctl;
using namespace tokctl::crypto;

namespace {

constexpr Address kPlace = {"users", "6dcda2da-92c3-41e5-8994-feff819cdc9f", "password"};

const Keyring& keyring() {
  static const Keyring kKeyring = [] {
    std::vector<RootKey> keys;
    keys.push_back(root_key_from(Bytes(kRootKeySize, 7)));
    return Keyring(std::move(keys));
  }();
  return kKeyring;
}

// The salt and the nonce are as good as any.
class FixedRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override { std::ranges::fill(bytes, std::uint8_t{9}); }
};

void require_closed(std::string_view sealed, const Address& place) {
  try {
    unseal(keyring(), sealed, place);
  } catch (const Error& error) {
    fuzz::require(error.code() == Code::kIntegrity);
    return;
  }
  fuzz::require(false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  FixedRandom random;
  const std::string id = keyring().ids().front();
  const std::string sealed = seal(keyring(), id, text, kPlace, random);
  fuzz::require(unseal(keyring(), sealed, kPlace).reveal() == text);

  // A forgery, a move and an edit. Nobody without the key makes the first; a fuzzer does not
  // either.
  require_closed(text, kPlace);
  require_closed(base64_encode(as_bytes(text)), kPlace);
  if (text != kPlace.key) require_closed(sealed, {kPlace.table, text, kPlace.column});
  if (size >= 2) {
    Bytes bytes = *base64_decode(sealed);
    const std::size_t at = (data[0] * 256U + data[1]) % bytes.size();
    bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (size > 2 && data[2] != 0 ? data[2] : 1));
    require_closed(base64_encode(bytes), kPlace);
    bytes.resize(at);
    require_closed(base64_encode(bytes), kPlace);
  }

  recognise_hash(text);
  return 0;
}
