#include "crypto/keyring.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"

namespace tokctl::crypto {
namespace {

constexpr std::string_view kInfoPrefix = "tokctl/v1/";
constexpr std::string_view kFileHead =
    "# tokctl root keys, one `ID KEY` a line. Whoever has this file can mint every credential;\n"
    "# without it the database cannot be read. Keep a copy, but not beside the database's "
    "backup.\n";

// In the order of Purpose.
constexpr std::array<std::string_view, kPurposes> kPurposeNames = {
    "web-token", "lookup", "refresh", "seal", "cache", "audit", "throttle"};

SecretBytes derive(std::span<const std::uint8_t> root, std::string_view name, std::size_t size) {
  return hkdf_sha256(root, {}, std::string(kInfoPrefix) += name, size);
}

// A line is `ID BASE64`.
constexpr std::size_t kKeyAt = kRootKeyIdSize + 1;
constexpr std::size_t kLineSize = kKeyAt + base64_size(kRootKeySize);

std::optional<RootKey> parse_line(std::string_view line) {
  SecretBytes bytes(kRootKeySize);
  if (line.size() != kLineSize || line[kRootKeyIdSize] != ' ' ||
      !base64_decode_to(line.substr(kKeyAt), bytes.fill())) {
    return std::nullopt;
  }
  RootKey key{root_key_id(bytes.reveal()), std::move(bytes)};
  if (line.substr(0, kRootKeyIdSize) != key.id) return std::nullopt;
  return key;
}

std::vector<RootKey> parse(const SecretString& text, std::string_view name) {
  const auto malformed = [name](std::string_view what) {
    return Error(Code::kIntegrity, "key.malformed", fmt::format("{}: {}", name, what));
  };
  std::vector<RootKey> keys;
  std::string_view rest = text.reveal();
  for (int number = 1; !rest.empty(); ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty() || line.starts_with('#')) continue;
    auto key = parse_line(line);
    if (!key) throw malformed(fmt::format("line {} is not a root key and its id", number));
    if (std::ranges::find(keys, key->id, &RootKey::id) != keys.end()) {
      throw malformed(fmt::format("line {} repeats the root key {}", number, key->id));
    }
    keys.push_back(*std::move(key));
  }
  if (keys.empty()) throw malformed("holds no root key");
  return keys;
}

}  // namespace

std::string root_key_id(std::span<const std::uint8_t> bytes) {
  return hex_encode(derive(bytes, "key-id", kRootKeyIdSize / 2).reveal());
}

RootKey make_root_key(Random& random) {
  SecretBytes bytes(kRootKeySize);
  random.fill(bytes.fill());
  return root_key_from(bytes.reveal());
}

RootKey root_key_from(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != kRootKeySize) throw std::invalid_argument("root_key_from: size");
  return {root_key_id(bytes), SecretBytes(bytes)};
}

// The root key itself is not kept: nothing needs it once its subkeys are drawn.
struct Keyring::Subkeys {
  explicit Subkeys(const RootKey& key) {
    for (const std::string_view name : kPurposeNames) {
      bytes.push_back(derive(key.bytes.reveal(), name, kDigestSize));
      macs.emplace_back(bytes.back().reveal());
    }
  }

  std::vector<SecretBytes> bytes;  // by Purpose
  std::vector<MacKey> macs;        // by Purpose
};

Keyring::Keyring(const std::vector<RootKey>& keys) {
  for (const RootKey& key : keys) {
    ids_.push_back(key.id);
    subkeys_.push_back(std::make_unique<Subkeys>(key));
  }
}
Keyring::Keyring(Keyring&&) noexcept = default;
Keyring& Keyring::operator=(Keyring&&) noexcept = default;
Keyring::~Keyring() = default;

bool Keyring::has(std::string_view id) const { return std::ranges::find(ids_, id) != ids_.end(); }

const SecretBytes& Keyring::subkey(std::string_view id, Purpose purpose) const {
  return find(id).bytes.at(static_cast<std::size_t>(purpose));
}

const MacKey& Keyring::mac_key(std::string_view id, Purpose purpose) const {
  return find(id).macs.at(static_cast<std::size_t>(purpose));
}

const Keyring::Subkeys& Keyring::find(std::string_view id) const {
  const auto found = std::ranges::find(ids_, id);
  if (found == ids_.end())
    throw Error(Code::kIntegrity, "key.missing",
                fmt::format("the root key {} is not in the key file", printable(id)));
  return *subkeys_[static_cast<std::size_t>(found - ids_.begin())];
}

SecretString format_key_file(const std::vector<RootKey>& keys) {
  auto text = SecretString::of_size(kFileHead.size() + keys.size() * (kLineSize + 1));
  std::ranges::copy(kFileHead, text.fill().begin());
  std::span<char> rest = text.fill().subspan(kFileHead.size());
  for (const RootKey& key : keys) {
    std::ranges::copy(key.id, rest.begin());
    rest[kRootKeyIdSize] = ' ';
    base64_encode_to(key.bytes.reveal(), rest.subspan(kKeyAt, base64_size(kRootKeySize)));
    rest[kLineSize] = '\n';
    rest = rest.subspan(kLineSize + 1);
  }
  return text;
}

std::vector<RootKey> parse_key_file(const SecretString& text) { return parse(text, "key file"); }

Keyring load_keyring(const std::string& path) {
  harden_process();  // first, so that no secret is ever in a process that could be dumped
  return Keyring(parse(read_private_file(path, kKeyFileMax), printable(path)));
}

std::string key_file_path(const std::string& configured, const std::string& credentials_directory,
                          const std::string& fallback) {
  if (!configured.empty()) return configured;
  if (!credentials_directory.empty()) {
    const std::string path = credentials_directory + "/tokctl.key";
    struct stat status{};
    if (::lstat(path.c_str(), &status) == 0) return path;
  }
  return fallback;
}

}  // namespace tokctl::crypto
