#include "crypto/jwk.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "base/sodium.h"
#include "crypto/mac.h"
#include "crypto/pkey.h"

namespace tokctl::crypto {
namespace {

constexpr unsigned kNewRsaBits = 2048;

std::string_view curve(KeyType type) {
  return type == KeyType::kEc ? "P-256" : type == KeyType::kOkp ? "Ed25519" : "";
}

KeyMaterial generate_material(JwsAlgorithm algorithm, Random& random) {
  KeyMaterial material{.algorithm = algorithm, .members = {}};
  switch (material.type()) {
    case KeyType::kRsa: {
      const Pkey key(EVP_RSA_gen(kNewRsaBits));
      require_openssl(key != nullptr);
      return from_pkey(*key, algorithm);
    }
    case KeyType::kEc: {
      const Pkey key(EVP_EC_gen("P-256"));
      require_openssl(key != nullptr);
      return from_pkey(*key, algorithm);
    }
    case KeyType::kOct:
      material.members[0] = SecretBytes(hash_size(algorithm));
      random.fill(material.members[0].fill());
      break;
    case KeyType::kOkp: {
      require_sodium();
      material.members[0] = SecretBytes(crypto_sign_ed25519_PUBLICKEYBYTES);
      material.members[1] = SecretBytes(crypto_sign_ed25519_SEEDBYTES);
      random.fill(material.members[1].fill());
      SecretBytes both(crypto_sign_ed25519_SECRETKEYBYTES);
      crypto_sign_ed25519_seed_keypair(material.members[0].fill().data(), both.fill().data(),
                                       material.members[1].reveal().data());
      break;
    }
  }
  return material;
}

// A JSON string. Every text in here is of an alphabet that needs no escape.
void append_member(std::string& json, std::string_view name, std::string_view value) {
  json += json.empty() ? '{' : ',';
  json.append("\"").append(name).append("\":\"").append(value).append("\"");
}

void append_head(std::string& json, const KeyMaterial& material, std::string_view kid) {
  append_member(json, "kty", to_text(material.type()));
  if (!curve(material.type()).empty()) append_member(json, "crv", curve(material.type()));
  append_member(json, "use", "sig");
  append_member(json, "alg", to_text(material.algorithm));
  append_member(json, "kid", kid);
}

}  // namespace

bool is_kid(std::string_view text) {
  return !text.empty() && text.size() <= kKidMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._~@:-").find(c) != std::string_view::npos;
  });
}

Jwk::Jwk(KeyMaterial material, std::string kid, Trust trust, Random& random)
    : material_(std::move(material)),
      kid_(std::move(kid)),
      key_(make_signature_key(material_, trust)) {
  if (!kid_.empty()) return;
  if (symmetric()) {
    std::array<std::uint8_t, kDigestSize> id{};
    random.fill(id);
    kid_ = base64url_encode(id);
  } else {
    kid_ = thumbprint();
  }
}

Jwk Jwk::generate(JwsAlgorithm algorithm, Random& random) {
  // Once more when its name would pass for an option on a command line, as one in 64 would.
  for (;;) {
    Jwk key(generate_material(algorithm, random), {}, Trust::kOwn, random);
    if (!key.kid_.starts_with('-')) return key;
  }
}

std::string Jwk::thumbprint() const {
  if (symmetric()) throw std::logic_error("Jwk::thumbprint: of a symmetric key");
  // RFC 7638 §3.2: the required members and no other, in the order of their names.
  std::map<std::string_view, std::string> required;
  required["kty"] = to_text(material_.type());
  if (!curve(material_.type()).empty()) required["crv"] = curve(material_.type());
  const auto known = key_members(material_.type());
  for (std::size_t i = 0; i < known.size() && !known[i].is_private; ++i)
    required[known[i].name] = base64url_encode(material_.members[i].reveal());
  std::string json;
  for (const auto& [name, value] : required) append_member(json, name, value);
  json += '}';
  return base64url_encode(sha256(json));
}

std::string Jwk::public_json() const {
  if (symmetric()) throw std::logic_error("Jwk::public_json: of a symmetric key");
  std::string json;
  append_head(json, material_, kid_);
  const auto known = key_members(material_.type());
  for (std::size_t i = 0; i < known.size() && !known[i].is_private; ++i)
    append_member(json, known[i].name, base64url_encode(material_.members[i].reveal()));
  return json + '}';
}

SecretString Jwk::private_json() const {
  std::string json;
  json.reserve(16U << 10);  // more than any key takes: no copy is left behind by growing
  append_head(json, material_, kid_);
  const auto known = key_members(material_.type());
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (material_.members[i].empty()) continue;
    std::string value = base64url_encode(material_.members[i].reveal());
    append_member(json, known[i].name, value);
    wipe(value.data(), value.size());
  }
  json += '}';
  SecretString secret(json);
  wipe(json.data(), json.size());
  return secret;
}

std::string format_jwk_set(const std::vector<const Jwk*>& keys) {
  std::string json = "{\"keys\":[";
  for (const Jwk* key : keys) {
    if (key != keys.front()) json += ',';
    json += key->public_json();
  }
  return json + "]}";
}

}  // namespace tokctl::crypto
