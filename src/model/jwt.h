// JSON Web Tokens (RFC 7519) in compact form: taken apart and put together. What is read here is
// not yet believed: a signature is somebody else's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/encoding.h"

namespace tokctl {

inline constexpr std::size_t kJwtMax = 8192;  // characters

// The three parts of a JWS in compact form, as views of its text.
struct JwsParts {
  std::string_view header, payload, signature;  // base64url
  std::string_view signed_text;                 // header "." payload
};

// Three parts of base64url's digits, the first and last not empty, kJwtMax characters at most.
// Whether each is canonical is known once it is decoded.
std::optional<JwsParts> split_jws(std::string_view text);

// As above, and no part is empty: what may be a JWT.
std::optional<JwsParts> split_jwt(std::string_view text);

// The bytes of a part: base64url without padding and, as base64url_decode has it, in one spelling
// only. By tables, which is several times as fast and would be wrong for a secret: how long it
// takes tells of the text, which here is known to whoever sent it.
std::optional<Bytes> decode_jws_part(std::string_view part);

// RFC 7515 §4: alg, kid and typ, each once, and no other member. So neither a key of the sender's
// own (jwk, jku, x5u, x5c) nor an extension (crit, b64, zip) nor a token inside a token (cty) gets
// any further. `typ`, if there, is JWT.
struct JoseHeader {
  std::string alg;
  std::string kid;
};
std::optional<JoseHeader> parse_jose_header(std::string_view json);

// The header as tokctl writes it.
std::string format_jose_header(std::string_view alg, std::string_view kid);

struct JwtClaims {
  std::string iss;
  std::string sub;  // PublicID
  std::vector<std::string> aud;
  std::optional<std::int64_t> iat, nbf, exp;  // Unix seconds
  std::string jti;                            // SessionID
  std::string username;                       // email
  std::string name;                           // full name
  std::vector<std::string> roles;
  std::string source;
  std::vector<std::pair<std::string, std::string>> more;  // texts under any other name
};

inline constexpr std::int64_t kJwtTimeMax = 253402300799;  // the last second of year 9999

// Strict: one JSON object, UTF-8, no byte order mark, no member twice at any level, no number that
// is not an integer; the claims above of their types, texts not empty and without control
// characters, times from 0 to kJwtTimeMax; `aud` a text or a list of different texts. Claims of
// other names may be of any type and kJsonDepthMax levels.
std::optional<JwtClaims> parse_jwt_claims(std::string_view json);

// What is empty is left out; one audience is a text, several are a list.
std::string format_jwt_claims(const JwtClaims& claims);

// Names that `more` may not have: those of JwtClaims' other members.
bool is_registered_claim(std::string_view name);

}  // namespace tokctl
