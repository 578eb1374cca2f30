// The signature algorithms of JSON Web Signatures that tokctl knows.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace tokctl::crypto {

// RFC 7518 §3.1 and RFC 8037 §3.1.
enum class JwsAlgorithm { kHs256, kHs384, kHs512, kRs256, kRs384, kRs512, kEs256, kEdDsa };
std::string_view to_text(JwsAlgorithm algorithm);  // HS256 ... EdDSA
std::optional<JwsAlgorithm> jws_algorithm_from(std::string_view text);

// What a key of the algorithm is made of: `kty` of RFC 7518 §6.1.
enum class KeyType { kOct, kRsa, kEc, kOkp };
KeyType key_type(JwsAlgorithm algorithm);
std::string_view to_text(KeyType type);  // oct, RSA, EC, OKP

// Bytes of the hash that signs; a symmetric key has at least as many (RFC 7518 §3.2).
std::size_t hash_size(JwsAlgorithm algorithm);

}  // namespace tokctl::crypto
