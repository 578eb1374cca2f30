#include "auth/jws.h"

#include <algorithm>

namespace tokctl::auth {
namespace {

std::optional<JoseHeader> header_of(std::string_view encoded) {
  const auto json = decode_jws_part(encoded);
  return json ? parse_jose_header(as_text(*json)) : std::nullopt;
}

}  // namespace

JwsKey::JwsKey(crypto::Jwk key)
    : jwk(std::move(key)),
      header(base64url_encode(
          as_bytes(format_jose_header(crypto::to_text(jwk.algorithm()), jwk.kid())))) {}

std::optional<std::string> kid_of(std::string_view header) {
  auto parsed = header_of(header);
  if (!parsed || !crypto::is_kid(parsed->kid)) return std::nullopt;
  return std::move(parsed->kid);
}

std::optional<VerifiedJws> verify_jws(const JwsParts& parts, const JwsKey& key) {
  // Any other header than tokctl's own may not contradict the key.
  if (parts.header != key.header) {
    const auto header = header_of(parts.header);
    if (!header || header->kid != key.jwk.kid() ||
        header->alg != crypto::to_text(key.jwk.algorithm()))
      return std::nullopt;
  }
  const auto signature = decode_jws_part(parts.signature);
  if (!signature || !key.jwk.verify(parts.signed_text, *signature)) return std::nullopt;
  auto payload = decode_jws_part(parts.payload);
  if (!payload) return std::nullopt;
  return VerifiedJws(*std::move(payload), key.jwk.kid());
}

SecretString sign_jws(const JwsKey& key, std::string_view payload) {
  std::string text = key.header + '.' + base64url_encode(as_bytes(payload));
  text += '.' + base64url_encode(key.jwk.sign(text));
  SecretString token(text);
  wipe(text.data(), text.size());
  return token;
}

KeySet::KeySet(std::string_view text, Random& random) {
  for (auto& key : crypto::parse_jwk_set(text, random)) keys_.emplace_back(std::move(key));
}

const JwsKey* KeySet::find(std::string_view header) const {
  // The bytes that tokctl writes need no reading.
  auto found = std::ranges::find(keys_, header, &JwsKey::header);
  if (found == keys_.end()) {
    const auto kid = kid_of(header);
    if (!kid) return nullptr;
    found = std::ranges::find_if(keys_, [&](const JwsKey& key) { return key.jwk.kid() == *kid; });
  }
  return found == keys_.end() ? nullptr : &*found;
}

std::optional<VerifiedJws> KeySet::verify(std::string_view text) const {
  const auto parts = split_jws(text);
  const JwsKey* key = parts ? find(parts->header) : nullptr;
  return key != nullptr ? verify_jws(*parts, *key) : std::nullopt;
}

}  // namespace tokctl::auth
