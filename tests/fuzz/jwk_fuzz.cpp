// What is read as a key says the same after being written and read again, and signs what it
// verifies; what is refused is refused without a word of it.
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "crypto/jwk.h"
#include "fuzz/keys.h"

using namespace tokctl;
using crypto::Jwk;

namespace {

void read(std::string_view text) {
  fuzz::read_key(text, [](std::string_view json) {
    return Jwk::from_json(json, crypto::Trust::kForeign, fuzz::random());
  });
  try {
    for (const Jwk& key : crypto::parse_jwk_set(text, fuzz::random())) {
      fuzz::require(crypto::is_kid(key.kid()));
      if (!key.symmetric()) fuzz::require(key.public_json().find("\"d\"") == std::string::npos);
    }
  } catch (const Error& error) {
    fuzz::require_refusal(error);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  read(text);
  read("{\"keys\":[" + text + "]}");

  // A sound key in which the input stands in a member's place.
  if (size == 0) return 0;
  static constexpr std::string_view kMembers[] = {"kty", "crv", "alg", "use", "key_ops",
                                                  "kid", "x",   "y",   "d",   "ext"};
  auto key = nlohmann::json::parse(fuzz::sound_keys()[data[0] % fuzz::sound_keys().size()]);
  const auto value = nlohmann::json::parse(text.substr(1), nullptr, false);
  const std::string name(kMembers[data[0] / 16 % std::size(kMembers)]);
  if (value.is_discarded()) {
    key.erase(name);
  } else {
    key[name] = value;
  }
  read(key.dump());
  return 0;
}
