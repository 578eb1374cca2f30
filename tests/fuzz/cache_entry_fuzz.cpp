// What parses as an entry is, to the letter, what would be written of it; what was sealed for a
// cache opens at its place to what it was, and nothing else opens.
#include <algorithm>
#include <string>

#include "cache/entry_text.h"
#include "crypto/cache_seal.h"
#include "require.h"

using namespace tokctl;

namespace {

const crypto::Keyring& keyring() {
  static const crypto::Keyring kKeyring = [] {
    std::vector<crypto::RootKey> keys;
    keys.push_back(crypto::root_key_from(Bytes(crypto::kRootKeySize, 7)));
    return crypto::Keyring(std::move(keys));
  }();
  return kKeyring;
}

// The nonce is as good as any.
class FixedRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override { std::ranges::fill(bytes, std::uint8_t{9}); }
};

constexpr std::string_view kPlace = "tokctl:token:0123";

void parse(std::string_view bytes) {
  const auto entry = cache::parse_entry(bytes);
  if (!entry) return;
  fuzz::require(cache::format_entry(**entry) == bytes);
  (*entry)->stands(from_unix(1'800'000'000));
}

std::string good_entry() {
  cache::Entry entry;
  entry.principal.type = TokenType::kJwt;
  entry.principal.id = entry.principal.session_id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
  entry.principal.email = "bill@ardanlabs.com";
  entry.principal.roles = {"a", "b"};
  entry.principal.audience = {"api"};
  entry.principal.claims = {{"tenant", "7"}};
  entry.idle = Seconds(400);
  return cache::format_entry(entry);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  parse(text);

  // A good entry with the input written over a part of it.
  if (size > 1) {
    std::string entry = good_entry();
    entry.replace((data[0] * 256U + data[1]) % entry.size(), size - 2, text.substr(2));
    parse(entry);
  }

  FixedRandom random;
  const std::string id = keyring().ids().front();
  std::string sealed = crypto::seal_for_cache(keyring(), id, text, kPlace, random);
  fuzz::require(crypto::open_from_cache(keyring(), sealed, kPlace) == text);
  fuzz::require(!crypto::open_from_cache(keyring(), text, kPlace));
  if (text != kPlace) fuzz::require(!crypto::open_from_cache(keyring(), sealed, text));
  if (size > 2) {
    const std::size_t at = (data[0] * 256U + data[1]) % sealed.size();
    sealed[at] = static_cast<char>(sealed[at] ^ (data[2] != 0 ? data[2] : 1));
    fuzz::require(!crypto::open_from_cache(keyring(), sealed, kPlace));
    sealed.resize(at);
    fuzz::require(!crypto::open_from_cache(keyring(), sealed, kPlace));
  }
  return 0;
}
