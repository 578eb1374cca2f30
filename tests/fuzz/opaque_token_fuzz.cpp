// What parses as an opaque token is, to the letter, what would be written for the same 32 bytes;
// and a scan finds it whatever stands around it.
#include <algorithm>
#include <string>

#include "model/opaque_token.h"
#include "require.h"

using namespace tokctl;

namespace {

void parse(std::string_view text) {
  const auto type = parse_opaque_token(text);
  if (!type) return;
  const auto bytes = base62_decode(text.substr(4, 43), kOpaqueSecretSize);
  fuzz::require(bytes.has_value());
  fuzz::require(format_opaque_token(*type, std::span<const std::uint8_t, kOpaqueSecretSize>(
                                               bytes->data(), kOpaqueSecretSize))
                    .reveal() == text);
}

// How many tokens a scan in pieces of `piece` bytes finds.
int scan(std::string_view text, std::size_t piece) {
  int found = 0;
  OpaqueTokenScanner scanner([&](std::string_view token, std::uint64_t offset) {
    fuzz::require(text.substr(static_cast<std::size_t>(offset), kOpaqueTokenSize) == token);
    fuzz::require(parse_opaque_token(token).has_value());
    ++found;
  });
  for (std::size_t at = 0; at < text.size(); at += piece) scanner.feed(text.substr(at, piece));
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  parse(text);
  const std::size_t piece = size > 0 ? data[0] % 64 + 1 : 1;
  fuzz::require(scan(text, piece) == scan(text, std::max<std::size_t>(size, 1)));
  if (size < kOpaqueSecretSize) return 0;

  // A good token with the input around it, then with a byte of it changed.
  const std::span<const std::uint8_t, kOpaqueSecretSize> secret(data, kOpaqueSecretSize);
  std::string token(format_opaque_token(TokenType::kApi, secret).reveal());
  parse(token);
  fuzz::require(scan(std::string(text) + token + std::string(text), piece) >= 1);
  token[data[0] % token.size()] = static_cast<char>(data[1]);
  parse(token);
  return 0;
}
