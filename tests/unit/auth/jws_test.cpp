#include "auth/jws.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "crypto/mac.h"
#include "support/random.h"

namespace tokctl::auth {
namespace {

using crypto::Jwk;
using crypto::JwsAlgorithm;
using testing::CountingRandom;
using Json = nlohmann::json;

constexpr std::string_view kClaims = R"({"sub":"somebody","exp":1})";

const JwsAlgorithm kAll[] = {JwsAlgorithm::kHs256, JwsAlgorithm::kHs384, JwsAlgorithm::kHs512,
                             JwsAlgorithm::kRs256, JwsAlgorithm::kRs384, JwsAlgorithm::kRs512,
                             JwsAlgorithm::kEs256, JwsAlgorithm::kEdDsa};

std::string encode(std::string_view text) { return base64url_encode(as_bytes(text)); }

// One key, the file a verifier has of it, and what an attacker can do: everything but sign with
// another header than tokctl's. `resign` is the stronger one, who can.
struct Scene {
  explicit Scene(JwsAlgorithm algorithm) : key(make(algorithm)) {
    CountingRandom random;
    const std::string one(key.jwk.symmetric() ? std::string(key.jwk.private_json().reveal())
                                              : key.jwk.public_json());
    set.emplace("{\"keys\":[" + one + "]}", random);
    good = sign_jws(key, kClaims).reveal();
    parts = *split_jws(good);
    header = {{"alg", crypto::to_text(algorithm)}, {"kid", key.jwk.kid()}, {"typ", "JWT"}};
  }
  static JwsKey make(JwsAlgorithm algorithm) {
    CountingRandom random;
    return JwsKey(Jwk::generate(algorithm, random));
  }
  bool accepts(std::string_view text) const { return set->verify(text).has_value(); }
  std::string resign(std::string_view encoded_header, std::string_view encoded_payload) const {
    const std::string text = std::string(encoded_header) + "." + std::string(encoded_payload);
    return text + "." + base64url_encode(key.jwk.sign(text));
  }
  std::string with_header(const std::string& json) const {
    return resign(encode(json), parts.payload);
  }
  std::string with(const char* name, const Json& value) const {
    Json changed = header;
    changed[name] = value;
    return with_header(changed.dump());
  }

  JwsKey key;
  std::optional<KeySet> set;
  std::string good;
  JwsParts parts;
  Json header;
};

std::string join(std::string_view header, std::string_view payload, std::string_view signature) {
  return std::string(header) + "." + std::string(payload) + "." + std::string(signature);
}

TEST_CASE("jws: what was signed verifies, in any spelling of the header") {
  for (const JwsAlgorithm algorithm : kAll) {
    CAPTURE(crypto::to_text(algorithm));
    const Scene scene(algorithm);
    const auto verified = scene.set->verify(scene.good);
    REQUIRE(verified);
    CHECK(verified->payload() == kClaims);
    CHECK(verified->kid() == scene.key.jwk.kid());
    CHECK(scene.accepts(scene.with_header(scene.header.dump(2))));
    Json untyped = scene.header;
    untyped.erase("typ");
    CHECK(scene.accepts(scene.with_header(untyped.dump())));
  }
}

TEST_CASE("jws: no header gets around the key") {
  for (const JwsAlgorithm algorithm : kAll) {
    CAPTURE(crypto::to_text(algorithm));
    const Scene scene(algorithm);
    for (const auto& alg : {"none", "None", "NONE", "nOnE", "", "eddsa", "HS256 ", "RS256\n"}) {
      Json changed = scene.header;
      changed["alg"] = alg;
      CHECK_FALSE(scene.accepts(scene.with("alg", alg)));
      CHECK_FALSE(
          scene.accepts(encode(changed.dump()) + "." + std::string(scene.parts.payload) + "."));
    }
    // The very signature of the key, under the name of every other algorithm.
    for (const JwsAlgorithm other : kAll) {
      if (other != algorithm) CHECK_FALSE(scene.accepts(scene.with("alg", crypto::to_text(other))));
    }
    CHECK_FALSE(scene.accepts(scene.with("alg", Json::array({crypto::to_text(algorithm)}))));
    CHECK_FALSE(scene.accepts(scene.with("alg", nullptr)));
    for (const auto& kid : {std::string("../../dev/null"), std::string("' OR 1=1 --"),
                            std::string("a\0b", 3), std::string(64 << 10, 'k'),
                            std::string(5000, 'k'), std::string("unknown"), std::string()})
      CHECK_FALSE(scene.accepts(scene.with("kid", kid)));
    for (const char* name :
         {"crit", "jwk", "jku", "x5u", "x5c", "x5t", "b64", "zip", "cty", "enc"}) {
      for (const auto& value : {Json("x"), Json(false), Json::array({"exp"}), Json::object()})
        CHECK_FALSE(scene.accepts(scene.with(name, value)));
    }
    CHECK_FALSE(scene.accepts(scene.with("typ", "JOSE")));
    CHECK_FALSE(scene.accepts(scene.with("typ", "at+jwt")));
    // A key of the attacker's own, in the header.
    CountingRandom random(77);
    const JwsKey own(Jwk::generate(JwsAlgorithm::kEdDsa, random));
    Json embedded = {{"alg", "EdDSA"},
                     {"kid", scene.key.jwk.kid()},
                     {"jwk", Json::parse(own.jwk.public_json())}};
    const std::string text = encode(embedded.dump()) + "." + std::string(scene.parts.payload);
    CHECK_FALSE(scene.accepts(text + "." + base64url_encode(own.jwk.sign(text))));
    CHECK_FALSE(scene.accepts(sign_jws(own, kClaims).reveal()));
    // The key asked for by another name, though its signature holds.
    const std::string renamed = scene.with("kid", "unknown");
    const auto other = split_jws(renamed);
    REQUIRE(other);
    CHECK_FALSE(verify_jws(*other, scene.key));
    // A member twice, in whatever order.
    const std::string alg(crypto::to_text(algorithm));
    const std::string kid = "\"kid\":\"" + scene.key.jwk.kid() + "\"";
    CHECK_FALSE(
        scene.accepts(scene.with_header("{\"alg\":\"none\",\"alg\":\"" + alg + "\"," + kid + "}")));
    CHECK_FALSE(
        scene.accepts(scene.with_header("{\"alg\":\"" + alg + "\",\"alg\":\"none\"," + kid + "}")));
    CHECK_FALSE(
        scene.accepts(scene.with_header("{\"alg\":\"" + alg + "\"," + kid + "," + kid + "}")));
    CHECK_FALSE(scene.accepts(scene.with_header("\xEF\xBB\xBF" + scene.header.dump())));
    CHECK_FALSE(scene.accepts(scene.with_header(std::string(6000, '['))));
  }
}

TEST_CASE("jws: no other spelling of a good one") {
  for (const JwsAlgorithm algorithm : kAll) {
    CAPTURE(crypto::to_text(algorithm));
    const Scene scene(algorithm);
    const auto& [header, payload, signature, signed_text] = scene.parts;
    const std::string& good = scene.good;
    for (const std::string& text :
         {good + "=", good + " ", " " + good, good + "\n", good + ".", "." + good,
          good + "." + std::string(signature), good + ".a.b", join(header, payload, ""),
          join(header, "", signature), join("", payload, signature), std::string(signed_text),
          join(std::string(header) + "=", payload, signature),
          join(header, std::string(payload) + "==", signature), std::string("Bearer ") + good,
          good + "," + good,
          Json{{"payload", payload}, {"protected", header}, {"signature", signature}}.dump(),
          std::string(1 << 20, 'a'), std::string()})
      CHECK_FALSE(scene.accepts(text));

    // Trailing bits: the last digit of the signature, where it stands for less than six bits.
    if (signature.size() % 4 != 0) {
      constexpr std::string_view kDigits =
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
      for (const char digit : kDigits) {
        std::string text = good;
        text.back() = digit;
        CHECK(scene.accepts(text) == (text == good));
      }
    }
    // The signature itself: shorter, longer, zero.
    const Bytes bytes = *base64url_decode(signature);
    const auto with_signature = [&](const Bytes& changed) {
      return scene.accepts(join(header, payload, base64url_encode(changed)));
    };
    CHECK(with_signature(bytes));
    CHECK_FALSE(with_signature(Bytes(bytes.begin(), bytes.end() - 1)));
    CHECK_FALSE(with_signature(Bytes(bytes.begin() + 1, bytes.end())));
    CHECK_FALSE(with_signature(Bytes(bytes.begin(), bytes.begin() + 16)));
    CHECK_FALSE(with_signature(Bytes(bytes.size())));
    Bytes longer = bytes;
    longer.insert(longer.begin(), 0);
    CHECK_FALSE(with_signature(longer));
    // A token inside a token.
    CHECK_FALSE(scene.accepts(scene.with_header(good)));
  }
}

TEST_CASE("jws: a public key's text is no HMAC secret") {
  for (const JwsAlgorithm algorithm :
       {JwsAlgorithm::kRs256, JwsAlgorithm::kEs256, JwsAlgorithm::kEdDsa}) {
    const Scene scene(algorithm);
    const Json jwk = Json::parse(scene.key.jwk.public_json());
    Json header = scene.header;
    header["alg"] = "HS256";
    const std::string text = encode(header.dump()) + "." + std::string(scene.parts.payload);
    std::vector<std::string> secrets = {scene.key.jwk.public_json(), jwk.dump(), jwk.dump(2)};
    for (const auto& [name, value] : jwk.items()) secrets.push_back(value.get<std::string>());
    for (const std::string& secret : secrets) {
      const auto mac = crypto::Mac(crypto::MacKey(as_bytes(secret))).add(text).finish();
      CHECK_FALSE(scene.accepts(text + "." + base64url_encode(mac)));
    }
  }
}

TEST_CASE("jws: Ed25519 with S + L and ECDSA in DER are not what was signed") {
  {
    const Scene scene(JwsAlgorithm::kEdDsa);
    Bytes signature = *base64url_decode(scene.parts.signature);
    // L, the order of the base point (RFC 8032 §5.1), in little-endian order.
    const Bytes order =
        *hex_decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      carry += static_cast<unsigned>(signature[32 + i]) + order[i];
      signature[32 + i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    CHECK_FALSE(
        scene.accepts(join(scene.parts.header, scene.parts.payload, base64url_encode(signature))));
  }
  const Scene scene(JwsAlgorithm::kEs256);
  const Bytes fixed = *base64url_decode(scene.parts.signature);
  Bytes der = {0x30, 0x44};
  for (std::size_t half = 0; half < 2; ++half) {
    der.insert(der.end(), {0x02, 0x20});
    der.insert(der.end(), fixed.begin() + static_cast<std::ptrdiff_t>(32 * half),
               fixed.begin() + static_cast<std::ptrdiff_t>(32 * half + 32));
  }
  CHECK_FALSE(scene.accepts(join(scene.parts.header, scene.parts.payload, base64url_encode(der))));
  const Bytes n = *hex_decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const Bytes zero(32);
  const Bytes one = *hex_decode(std::string(62, '0') + "01");
  for (const Bytes* r : {&zero, &one, &n}) {
    for (const Bytes* s : {&zero, &one, &n}) {
      Bytes both = *r;
      both.insert(both.end(), s->begin(), s->end());
      CHECK_FALSE(
          scene.accepts(join(scene.parts.header, scene.parts.payload, base64url_encode(both))));
    }
  }
}

}  // namespace
}  // namespace tokctl::auth
