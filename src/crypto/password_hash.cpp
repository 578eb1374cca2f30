#include "crypto/password_hash.h"

#include <charconv>

#include "base/encoding.h"
#include "crypto/password.h"

namespace tokctl::crypto {
namespace {

// Reads a hash string from left to right; once something does not fit, it stays failed.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool skip(std::string_view expected) {
    const bool fits = rest_.starts_with(expected);
    if (fits) rest_.remove_prefix(expected.size());
    return fits;
  }

  // A decimal number in its shortest spelling.
  std::optional<std::uint32_t> number(std::uint32_t min, std::uint32_t max) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    const bool padded = rest_.starts_with('0') && end - rest_.data() > 1;
    if (error != std::errc{} || padded || value < min || value > max) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  // Base64 without padding, up to the next `$`, of so many bytes.
  bool base64(std::size_t min, std::size_t max) {
    const std::string_view text = rest_.substr(0, rest_.find('$'));
    if (text.size() > base64_size(max) || text.find('=') != std::string_view::npos) return false;
    rest_.remove_prefix(text.size());
    const auto bytes =
        base64_decode(std::string(text) + std::string((4 - text.size() % 4) % 4, '='));
    return bytes && bytes->size() >= min && bytes->size() <= max;
  }

  bool complete() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace

std::optional<Argon2Hash> parse_argon2(std::string_view text) {
  Reader in(text);
  const bool id = in.skip("$argon2id$");
  if (!id && !in.skip("$argon2i$")) return std::nullopt;
  if (!in.skip("v=19$m=")) return std::nullopt;
  const auto memory = in.number(8, kArgon2MemoryMax / 1024);
  if (!memory || !in.skip(",t=")) return std::nullopt;
  const auto passes = in.number(1, kArgon2PassesMax);
  if (!passes || !in.skip(",p=")) return std::nullopt;
  const auto lanes = in.number(1, 4);
  // RFC 9106 §3.1: at least 8 KiB for each lane; salts of 8 bytes and tags of 16 are the least
  // libsodium takes.
  if (!lanes || *memory < 8 * *lanes || !in.skip("$") || !in.base64(8, 64) || !in.skip("$") ||
      !in.base64(16, 64) || !in.complete()) {
    return std::nullopt;
  }
  return Argon2Hash{id, *memory, *passes, *lanes};
}

bool is_bcrypt(std::string_view text) {
  constexpr std::string_view kDigits =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::size_t kSaltEnd = 7 + 22;     // 16 bytes: the last character carries 2 bits
  constexpr std::size_t kEnd = kSaltEnd + 31;  // 23 bytes: the last character carries 4
  if (text.size() != kEnd) return false;
  const std::string_view prefix = text.substr(0, 4);
  if (prefix != "$2a$" && prefix != "$2b$" && prefix != "$2y$") return false;
  const auto cost = text.substr(4, 3);
  if (cost < "04$" || cost > "12$" || cost[1] < '0' || cost[1] > '9' || cost[2] != '$')
    return false;
  static_assert(kBcryptCostMax == 12);
  if (text.find_first_not_of(kDigits, 7) != std::string_view::npos) return false;
  return kDigits.find(text[kSaltEnd - 1]) % 16 == 0 && kDigits.find(text[kEnd - 1]) % 4 == 0;
}

}  // namespace tokctl::crypto
