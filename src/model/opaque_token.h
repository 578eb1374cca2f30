// The text of an opaque token: a prefix that tells its type, 256 random bits, a checksum.
//
//   tka_ (api), tkr_ (refresh) or tkv_ (verify)
//   43 base62 digits of 32 bytes, big-endian, zero-padded
//   6 base62 digits of the CRC-32 (IEEE 802.3, as zlib has it) of all before
//
// Always 53 characters: a scanner of logs can recognise one, and a typo does not survive.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "base/secret.h"
#include "model/token.h"

namespace tokctl {

inline constexpr std::size_t kOpaqueTokenSize = 53;
inline constexpr std::size_t kOpaqueSecretSize = 32;

// The type of the opaque token that `text` is, to the letter as format_opaque_token would write it.
// Nothing for anything else. Total, no I/O; whether such a token was ever issued is another
// question.
std::optional<TokenType> parse_opaque_token(std::string_view text);

// `type` is kApi, kRefresh or kVerify; std::invalid_argument otherwise.
SecretString format_opaque_token(TokenType type,
                                 std::span<const std::uint8_t, kOpaqueSecretSize> secret);

// Finds opaque tokens in a stream of bytes of any kind, by shape and checksum, whatever stands
// around them and however the stream is cut into pieces. Constant memory, which is wiped.
class OpaqueTokenScanner {
 public:
  // `offset` is that of the token's first byte in the stream; `token` is valid during the call.
  using Found = std::function<void(std::string_view token, std::uint64_t offset)>;

  explicit OpaqueTokenScanner(Found found) : found_(std::move(found)) {}
  OpaqueTokenScanner(const OpaqueTokenScanner&) = delete;
  OpaqueTokenScanner& operator=(const OpaqueTokenScanner&) = delete;
  ~OpaqueTokenScanner();

  void feed(std::string_view piece);

 private:
  void take(char byte);

  Found found_;
  std::uint64_t taken_ = 0;                       // bytes of the stream so far
  std::array<char, 3> last_{};                    // the bytes before the next one
  std::array<char, kOpaqueTokenSize> candidate_;  // what may become a token
  std::size_t size_ = 0;                          // of it; 0: none
};

}  // namespace tokctl
