#include "crypto/password.h"

#include <crypt.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "base/names.h"
#include "base/sodium.h"
#include "crypto/password_hash.h"

namespace tokctl::crypto {
namespace {

constexpr auto kSchemeNames = names_of<PasswordScheme>("none", "v1", "argon2", "bcrypt", "kit");
constexpr std::size_t kBcryptSees = 72;  // bytes
constexpr std::size_t kPrivateIdSize = 36;

[[noreturn]] void fail_for_memory() {
  throw Error(Code::kUnavailable, "memory.short", "not enough memory to check a password");
}

SecretString concat(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  auto whole = SecretString::of_size(size);
  auto out = whole.fill().begin();
  for (const std::string_view part : parts) out = std::ranges::copy(part, out).out;
  return whole;
}

SecretString v1_input(std::string_view private_id, const SecretString& password) {
  return concat({private_id, ":", password.reveal()});
}

bool argon2_matches(const SecretString& hash, std::string_view input) {
  if (!parse_argon2(hash.reveal())) return false;
  const SecretString terminated = concat({hash.reveal(), std::string_view("\0", 1)});
  const char* phc = terminated.reveal().data();
  // A mismatch and a lack of memory both return -1; only the latter sets ENOMEM.
  errno = 0;
  const int result = hash.reveal().starts_with("$argon2id$")
                         ? crypto_pwhash_argon2id_str_verify(phc, input.data(), input.size())
                         : crypto_pwhash_argon2i_str_verify(phc, input.data(), input.size());
  if (result != 0 && errno == ENOMEM) fail_for_memory();
  return result == 0;
}

bool bcrypt_matches(const SecretString& hash, const SecretString& input) {
  if (!is_bcrypt(hash.reveal())) return false;
  if (input.reveal().find('\0') != std::string_view::npos) return false;  // bcrypt would stop there
  // What Go writes as $2a$ is what libxcrypt calls $2b$: its own $2a$ deviates for some non-ASCII
  // passwords. $2y$ is another name for the same.
  const SecretString setting = concat({"$2b$", hash.reveal().substr(4), std::string_view("\0", 1)});
  const SecretString phrase = concat({input.reveal(), std::string_view("\0", 1)});
  const auto wiped = [](crypt_data* data) {
    wipe(data, sizeof *data);
    delete data;
  };
  const std::unique_ptr<crypt_data, decltype(wiped)> data(new crypt_data{}, wiped);
  const char* result = ::crypt_r(phrase.reveal().data(), setting.reveal().data(), data.get());
  return result != nullptr && constant_time_equal(std::string_view(result),
                                                  setting.reveal().substr(0, setting.size() - 1));
}

// The work of a v1 check with nothing to check against.
void waste_time(const Argon2Cost& cost, std::string_view input) {
  constexpr std::array<std::uint8_t, crypto_pwhash_SALTBYTES> kSalt{};
  SecretBytes out(kDigestSize);
  if (crypto_pwhash(out.fill().data(), out.size(), input.data(), input.size(), kSalt.data(),
                    cost.passes, cost.memory, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    fail_for_memory();
  }
}

class Slot {
 public:
  explicit Slot(std::counting_semaphore<4>& slots) : slots_(slots) { slots_.acquire(); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() { slots_.release(); }

 private:
  std::counting_semaphore<4>& slots_;
};

}  // namespace

std::string_view to_text(PasswordScheme scheme) { return kSchemeNames[scheme]; }

std::optional<PasswordScheme> password_scheme_from(std::string_view text) {
  return kSchemeNames.find(text);
}

std::optional<PasswordScheme> recognise_hash(std::string_view hash) {
  if (is_bcrypt(hash)) return PasswordScheme::kBcrypt;
  if (parse_argon2(hash)) return PasswordScheme::kArgon2;
  return std::nullopt;
}

PasswordHasher::PasswordHasher(Argon2Cost cost) : cost_(cost) {
  if (cost.passes < 1 || cost.passes > kArgon2PassesMax ||
      cost.memory < crypto_pwhash_MEMLIMIT_MIN || cost.memory > kArgon2MemoryMax) {
    throw std::invalid_argument("PasswordHasher: cost");
  }
}

SecretString PasswordHasher::hash(const SecretString& password, std::string_view private_id) const {
  require_sodium();
  const SecretString input = v1_input(private_id, password);
  auto phc = SecretString::of_size(crypto_pwhash_STRBYTES);
  const Slot slot(slots_);
  if (crypto_pwhash_str(phc.fill().data(), input.reveal().data(), input.size(), cost_.passes,
                        cost_.memory) != 0) {
    fail_for_memory();
  }
  return SecretString(phc.reveal().substr(0, phc.reveal().find('\0')));
}

bool PasswordHasher::verify(PasswordScheme scheme, const SecretString& hash,
                            std::string_view private_id, const SecretString& password) const {
  require_sodium();
  const Slot slot(slots_);
  switch (scheme) {
    case PasswordScheme::kNone:
      waste_time(cost_, v1_input(private_id, password).reveal());
      return false;
    case PasswordScheme::kV1:
      return argon2_matches(hash, v1_input(private_id, password).reveal());
    case PasswordScheme::kArgon2:
      return argon2_matches(hash, password.reveal());
    case PasswordScheme::kBcrypt:
      return bcrypt_matches(hash, password);
    case PasswordScheme::kKit:
      return bcrypt_matches(hash, concat({private_id, password.reveal()}));
  }
  return false;
}

bool PasswordHasher::should_rehash(PasswordScheme scheme, const SecretString& hash,
                                   const SecretString& password) const {
  switch (scheme) {
    case PasswordScheme::kNone:
      return false;
    case PasswordScheme::kV1: {
      const auto made = parse_argon2(hash.reveal());
      return !made || !made->id || made->lanes != 1 || made->memory != cost_.memory / 1024 ||
             made->passes != cost_.passes;
    }
    case PasswordScheme::kArgon2:
      return true;
    case PasswordScheme::kBcrypt:
      return password.size() <= kBcryptSees;
    case PasswordScheme::kKit:
      return password.size() <= kBcryptSees - kPrivateIdSize;
  }
  return false;
}

Digest password_tag(const SecretString& hash) { return sha256(hash.reveal()); }

}  // namespace tokctl::crypto
