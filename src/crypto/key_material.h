// The numbers a signature key is made of, by the names of RFC 7518 §6 and RFC 8037 §2.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/secret.h"
#include "crypto/jws_algorithm.h"

namespace tokctl::crypto {

struct KeyMember {
  std::string_view name;
  bool is_private;
};
// In a fixed order, the public ones first: RSA n e d p q dp dq qi; EC x y d; OKP x d; oct k.
std::span<const KeyMember> key_members(KeyType type);

inline constexpr std::size_t kKeyMembersMax = 8;

// Big-endian, without leading zeros for RSA, of the curve's 32 bytes for EC and OKP. Of a public
// key the private members are empty. A symmetric key has none that is public.
struct KeyMaterial {
  JwsAlgorithm algorithm = JwsAlgorithm::kEdDsa;
  std::array<SecretBytes, kKeyMembersMax> members;  // aligned with key_members

  KeyType type() const { return key_type(algorithm); }
  std::span<const std::uint8_t> operator[](std::string_view name) const;
  bool has_private() const { return !members[private_index()].empty(); }

 private:
  std::size_t private_index() const;
};

}  // namespace tokctl::crypto
