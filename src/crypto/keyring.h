// Root keys: the one secret outside the database, and the subkeys drawn from it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/mac.h"

namespace tokctl::crypto {

inline constexpr std::size_t kRootKeySize = 32;
inline constexpr std::size_t kRootKeyIdSize = 16;     // hex digits
inline constexpr std::size_t kKeyFileMax = 64 << 10;  // bytes: hundreds of keys

// What a subkey is for. Each is HKDF-SHA256(root key, empty salt, "tokctl/v1/" + name), so that a
// weakness in one use never helps against another.
enum class Purpose { kWebToken, kLookup, kRefresh, kSeal, kCache, kAudit, kThrottle };
inline constexpr std::size_t kPurposes = 7;

struct RootKey {
  std::string id;  // 16 hex digits, drawn from the key itself: a damaged file cannot go unnoticed
  SecretBytes bytes;  // kRootKeySize
};

// The id that belongs to these 32 bytes: the first 8 bytes of HKDF(root, info "tokctl/v1/key-id")
// in hex.
std::string root_key_id(std::span<const std::uint8_t> bytes);
RootKey make_root_key(Random& random);
// With the id that belongs to the bytes.
RootKey root_key_from(std::span<const std::uint8_t> bytes);

// The root keys that this process holds, by id. Immutable after loading and shared between threads;
// which key is the active one is the database's business, not the file's.
class Keyring {
 public:
  explicit Keyring(const std::vector<RootKey>& keys);
  Keyring(Keyring&&) noexcept;
  Keyring& operator=(Keyring&&) noexcept;
  ~Keyring();

  bool has(std::string_view id) const;
  const std::vector<std::string>& ids() const { return ids_; }  // in the file's order

  // Throws Error(kIntegrity, "key.missing") naming the id when this process does not hold it.
  const SecretBytes& subkey(std::string_view id, Purpose purpose) const;
  // The same as a ready HMAC key.
  const MacKey& mac_key(std::string_view id, Purpose purpose) const;

 private:
  struct Subkeys;
  const Subkeys& find(std::string_view id) const;
  std::vector<std::string> ids_;                   // a handful: searched in order
  std::vector<std::unique_ptr<Subkeys>> subkeys_;  // one for each of them
};

// The text of a key file: comments, then a line `ID BASE64` for each key. `parse` throws
// Error(kIntegrity, "key.malformed") naming the line, never its content: bad base64, wrong size, an
// id that does not belong to its key, an id twice, no key at all.
SecretString format_key_file(const std::vector<RootKey>& keys);
std::vector<RootKey> parse_key_file(const SecretString& text);

// Reads a key file (checks of read_private_file) and hardens the process that now holds its
// secrets.
Keyring load_keyring(const std::string& path);

// Where the key file is, by the order: `configured` if not empty; $CREDENTIALS_DIRECTORY/tokctl.key
// if that file exists; tokctl.key in the data folder (`fallback`).
std::string key_file_path(const std::string& configured, const std::string& credentials_directory,
                          const std::string& fallback);

}  // namespace tokctl::crypto
