#include "crypto/jwk.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "base/json.h"
#include "support/error.h"
#include "support/random.h"

namespace tokctl::crypto {
namespace {

using testing::CountingRandom;
using testing::error_of;
using Json = nlohmann::json;

constexpr std::string_view kMessage = "eyJhbGciOiJub25lIn0.e30";

const JwsAlgorithm kAll[] = {JwsAlgorithm::kHs256, JwsAlgorithm::kHs384, JwsAlgorithm::kHs512,
                             JwsAlgorithm::kRs256, JwsAlgorithm::kRs384, JwsAlgorithm::kRs512,
                             JwsAlgorithm::kEs256, JwsAlgorithm::kEdDsa};

Jwk parse(std::string_view text, Trust trust = Trust::kForeign,
          std::optional<JwsAlgorithm> wanted = {}) {
  CountingRandom random;
  return Jwk::from_json(text, trust, random, wanted);
}

std::string why_not(const Json& key, std::optional<JwsAlgorithm> wanted = {}) {
  const Error error = error_of([&] { parse(key.dump(), Trust::kForeign, wanted); });
  CHECK(error.code() == Code::kUsage);
  return error.id();
}

Json made(JwsAlgorithm algorithm) {
  CountingRandom random;
  return Json::parse(Jwk::generate(algorithm, random).private_json().reveal());
}

TEST_CASE("jwk: each algorithm signs, and what it signed verifies under it alone") {
  for (const JwsAlgorithm algorithm : kAll) {
    CAPTURE(to_text(algorithm));
    CountingRandom random;
    const Jwk key = Jwk::generate(algorithm, random);
    CHECK(key.algorithm() == algorithm);
    CHECK(key.can_sign());
    CHECK(is_kid(key.kid()));
    const Bytes signature = key.sign(kMessage);
    CHECK(key.verify(kMessage, signature));
    CHECK_FALSE(key.verify("eyJhbGciOiJub25lIn0.e31", signature));
    CHECK_FALSE(key.verify("", signature));

    for (std::size_t i = 0; i < signature.size(); i += 7) {
      Bytes changed = signature;
      changed[i] ^= 0x10;
      CHECK_FALSE(key.verify(kMessage, changed));
    }
    Bytes shorter(signature.begin(), signature.end() - 1);
    CHECK_FALSE(key.verify(kMessage, shorter));
    Bytes longer = signature;
    longer.push_back(0);
    CHECK_FALSE(key.verify(kMessage, longer));
    CHECK_FALSE(key.verify(kMessage, {}));
    CHECK_FALSE(key.verify(kMessage, Bytes(signature.size())));

    CountingRandom other(100);
    CHECK_FALSE(Jwk::generate(algorithm, other).verify(kMessage, signature));
  }
}

TEST_CASE("jwk: a key comes back from its JSON, and its public part verifies but does not sign") {
  for (const JwsAlgorithm algorithm : kAll) {
    CAPTURE(to_text(algorithm));
    CountingRandom random;
    const Jwk key = Jwk::generate(algorithm, random);
    const Bytes signature = key.sign(kMessage);
    const Jwk again = parse(key.private_json().reveal(), Trust::kOwn);
    CHECK(again.kid() == key.kid());
    CHECK(again.algorithm() == algorithm);
    CHECK(again.verify(kMessage, signature));
    CHECK(key.verify(kMessage, again.sign(kMessage)));
    CHECK_NOTHROW(parse(key.private_json().reveal(), Trust::kForeign));
    if (key.symmetric()) {
      CHECK_THROWS_AS(key.public_json(), std::logic_error);
      CHECK_THROWS_AS(key.thumbprint(), std::logic_error);
      continue;
    }
    const auto shown = Json::parse(key.public_json());
    for (const char* secret : {"d", "p", "q", "dp", "dq", "qi", "k"})
      CHECK_FALSE(shown.contains(secret));
    CHECK(shown.at("use") == "sig");
    CHECK(shown.at("kid") == key.thumbprint());
    const Jwk verifier = parse(key.public_json());
    CHECK_FALSE(verifier.can_sign());
    CHECK(verifier.verify(kMessage, signature));
    CHECK(error_of([&] { verifier.sign(kMessage); }).id() == "jwk.public");
  }
}

TEST_CASE("jwk: no new key has a name that reads like an option") {
  SystemRandom random;
  for (int i = 0; i < 500; ++i) {
    CHECK(Jwk::generate(JwsAlgorithm::kEdDsa, random).kid().front() != '-');
    CHECK(Jwk::generate(JwsAlgorithm::kHs256, random).kid().front() != '-');
  }
}

TEST_CASE("jwk: thumbprints are those of RFC 7638 and RFC 8037") {
  // RFC 7638 §3.1
  CHECK(
      parse(
          R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})")
          .thumbprint() == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  // RFC 8037 appendix A.3
  const Jwk key =
      parse(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
            Trust::kForeign, JwsAlgorithm::kEdDsa);
  CHECK(key.thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  CHECK(key.kid() == key.thumbprint());
}

TEST_CASE("jwk: RFC 8037 appendix A.4 signs and verifies") {
  const Jwk key = parse(
      R"({"kty":"OKP","crv":"Ed25519","alg":"EdDSA","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  const std::string_view text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  CHECK(base64url_encode(key.sign(text)) ==
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

TEST_CASE("jwk: what does not fit together is no key") {
  const Json rsa = made(JwsAlgorithm::kRs256);
  const Json ec = made(JwsAlgorithm::kEs256);
  const Json okp = made(JwsAlgorithm::kEdDsa);
  const Json oct = made(JwsAlgorithm::kHs256);
  const auto with = [](Json key, const char* name, const Json& value) {
    key[name] = value;
    return key;
  };
  for (const auto& key : {rsa, ec, okp, oct}) {
    CHECK(why_not(with(key, "alg", "none")) == "jwk.invalid");
    CHECK(why_not(with(key, "alg", "PS256")) == "jwk.invalid");
    CHECK(why_not(with(key, "kty", "XX")) == "jwk.invalid");
    CHECK(why_not(with(key, "use", "enc")) == "jwk.invalid");
    CHECK(why_not(with(key, "key_ops", Json::array({"encrypt"}))) == "jwk.invalid");
    CHECK(why_not(with(key, "key_ops", "verify")) == "jwk.malformed");
    CHECK(why_not(with(key, "crv", "P-384")) == "jwk.invalid");
    CHECK(why_not(with(key, "kid", "../../etc/passwd")) == "jwk.malformed");
    CHECK(why_not(with(key, "kid", std::string(65, 'a'))) == "jwk.malformed");
    CHECK(why_not(with(key, "kid", 7)) == "jwk.malformed");
    CHECK(why_not(with(key, "other", "x")) == "jwk.malformed");
  }
  // The confusions of types: a key of one never serves an algorithm of another.
  CHECK(why_not(with(rsa, "alg", "HS256")) == "jwk.invalid");
  CHECK(why_not(with(oct, "alg", "RS256")) == "jwk.invalid");
  CHECK(why_not(with(ec, "alg", "EdDSA")) == "jwk.invalid");
  CHECK(why_not(with(okp, "crv", "X25519")) == "jwk.invalid");
  CHECK(why_not(rsa, JwsAlgorithm::kRs512) == "jwk.invalid");
  // A private part of another key.
  CHECK(why_not(with(ec, "d", made(JwsAlgorithm::kEs256).at("d"))) == "jwk.invalid");
  CHECK(why_not(with(okp, "d", base64url_encode(Bytes(32, 7)))) == "jwk.invalid");
  CHECK(why_not(with(rsa, "d", made(JwsAlgorithm::kRs256).at("d"))) == "jwk.invalid");
  // Sizes and spelling.
  CHECK(why_not(with(oct, "k", base64url_encode(Bytes(31, 7)))) == "jwk.invalid");
  CHECK(why_not(with(oct, "k", base64url_encode(Bytes(513, 7)))) == "jwk.invalid");
  CHECK_NOTHROW(parse(with(oct, "k", base64url_encode(Bytes(512, 7))).dump()));
  CHECK(why_not(with(oct, "k", "")) == "jwk.malformed");
  CHECK(why_not(with(okp, "x", okp.at("x").get<std::string>() + "=")) == "jwk.malformed");
  CHECK(why_not(with(ec, "x", base64url_encode(Bytes(32, 7)))) == "jwk.invalid");
  CHECK(why_not(with(rsa, "e", "Aw")) == "jwk.invalid");
  CHECK(why_not(with(rsa, "e", "AQ")) == "jwk.invalid");
  // On a curve a number has 32 bytes: not one more of zeros, nor one less.
  for (const auto& [key, name] : {std::pair(okp, "x"), std::pair(okp, "d"), std::pair(ec, "x"),
                                  std::pair(ec, "y"), std::pair(ec, "d")}) {
    CAPTURE(key.at("kty"), name);
    Bytes number = *base64url_decode(key.at(name).get<std::string>());
    number.insert(number.begin(), 0);
    for (const Bytes& other : {number, Bytes(number.begin() + 2, number.end())}) {
      const Json wrong = with(key, name, base64url_encode(other));
      const Error error = error_of([&] { parse(wrong.dump()); });
      CHECK(error.id() == "jwk.invalid");
      CHECK_THAT(error.what(), Catch::Contains("32 bytes"));
    }
  }
  Json half = rsa;
  half.erase("qi");
  CHECK(why_not(half) == "jwk.malformed");
  CHECK(why_not(Json{{"kty", "oct"}, {"alg", "HS256"}}) == "jwk.malformed");
  CHECK(error_of([] { parse("{\"kty\":\"oct\",\"kty\":\"oct\"}"); }).id() == "jwk.malformed");
}

TEST_CASE("jwk: an RSA key has a modulus and an exponent that are safe, or is told why not") {
  const Json good = Json::parse(parse(made(JwsAlgorithm::kRs256).dump()).public_json());
  const auto why = [&](const char* name, const Bytes& number, Trust trust) -> std::string {
    Json key = good;
    key[name] = base64url_encode(number);
    key.erase("kid");
    try {
      parse(key.dump(), trust);
    } catch (const Error& error) {
      CHECK(error.id() == "jwk.invalid");
      return error.what();
    }
    return "sound";
  };
  const Bytes modulus = *base64url_decode(good.at("n").get<std::string>());
  // Nobody else looks at what is our own, so that each bound is this one's.
  const auto n = [&](std::size_t size, std::uint8_t first, std::uint8_t last) {
    Bytes number(size, 0x55);
    number.front() = first;
    number.back() = last;
    return why("n", number, Trust::kOwn);
  };
  CHECK(why("n", modulus, Trust::kForeign) == "sound");
  CHECK(n(256, 0x80, 1) == "sound");
  CHECK(n(257, 1, 1) == "sound");
  CHECK(n(1024, 0xFF, 1) == "sound");
  CHECK_THAT(n(256, 0x7F, 1), Catch::Contains("less than 2048 bits"));
  CHECK_THAT(n(255, 0xFF, 1), Catch::Contains("less than 2048 bits"));
  CHECK_THAT(n(1025, 1, 1), Catch::Contains("more than 8192 bits"));
  CHECK_THAT(n(256, 0x80, 2), Catch::Contains("modulus"));
  CHECK_THAT(n(257, 0, 1), Catch::Contains("modulus"));
  CHECK_THAT(why("n", Bytes(256, 0xFF), Trust::kForeign), Catch::Contains("modulus"));

  const auto e = [&](const Bytes& number) { return why("e", number, Trust::kForeign); };
  CHECK(e({1, 0, 1}) == "sound");
  CHECK(e({0x7F, 0, 0, 0, 0, 0, 0, 1}) == "sound");
  for (const Bytes& number : {Bytes{3}, Bytes{0xFF, 0xFF}, Bytes{0, 1, 0, 1}, Bytes{1, 0, 2},
                              Bytes{1, 0, 0, 0, 0, 0, 0, 0, 1}}) {
    CAPTURE(number);
    CHECK_THAT(e(number), Catch::Contains("public exponent"));
  }

  // CVE-2017-15361: a power of 65537 modulo every small prime, as any power of it is.
  Bytes power{1};
  for (int i = 0; i < 128; ++i) {
    Bytes shifted = power;  // 65537 x = 2^16 x + x
    shifted.insert(shifted.end(), 2, 0);
    unsigned carry = 0;
    for (std::size_t at = 0; at < shifted.size(); ++at) {
      const std::size_t place = shifted.size() - 1 - at;
      const unsigned sum =
          shifted[place] + carry + (at < power.size() ? power[power.size() - 1 - at] : 0U);
      shifted[place] = static_cast<std::uint8_t>(sum);
      carry = sum >> 8;
    }
    if (carry != 0) shifted.insert(shifted.begin(), static_cast<std::uint8_t>(carry));
    power = std::move(shifted);
  }
  CHECK_THAT(why("n", power, Trust::kOwn), Catch::Contains("CVE-2017-15361"));
}

// Nobody has their private part, or everybody.
TEST_CASE("jwk: a public key that nobody can hold is none") {
  const auto ed25519 = [](const Bytes& x) {
    return Json{{"kty", "OKP"}, {"crv", "Ed25519"}, {"alg", "EdDSA"}, {"x", base64url_encode(x)}};
  };
  Bytes identity(32, 0);
  identity[0] = 1;
  CHECK(why_not(ed25519(identity)) == "jwk.invalid");
  CHECK(why_not(ed25519(Bytes(32, 0))) == "jwk.invalid");  // of order 4
  Bytes not_canonical(32, 0xFF);
  not_canonical[31] = 0x7F;
  CHECK(why_not(ed25519(not_canonical)) == "jwk.invalid");
  CHECK(why_not(ed25519(Bytes(32, 2))) == "jwk.invalid");  // on no curve

  const auto rsa = [](const Bytes& n) {
    return Json{{"kty", "RSA"}, {"alg", "RS256"}, {"n", base64url_encode(n)}, {"e", "AQAB"}};
  };
  CHECK(why_not(rsa(Bytes(256, 0xFF))) == "jwk.invalid");  // divisible by 3
}

TEST_CASE("jwk: PEM in, of every type, and not encrypted") {
  CountingRandom random;
  // openssl genpkey -algorithm ed25519; RFC 8410 §10.3
  const Jwk key = Jwk::from_pem(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
      "-----END PRIVATE KEY-----\n",
      random);
  CHECK(key.algorithm() == JwsAlgorithm::kEdDsa);
  CHECK(key.can_sign());
  CHECK(key.verify(kMessage, key.sign(kMessage)));
  CHECK(error_of([&] { Jwk::from_pem("-----BEGIN NOTHING-----", random); }).id() ==
        "jwk.malformed");
  CHECK(error_of([&] { Jwk::from_pem("", random); }).id() == "jwk.malformed");
  // openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 | openssl pkey -pubout
  CHECK(error_of([&] {
          Jwk::from_pem(
              "-----BEGIN PUBLIC KEY-----\n"
              "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE4PpkrUmMoGGBjDMzO0VgrNIlnqlxp7F9\n"
              "jcZl2yvgBM5WceqROsGwHfbnoWxNhbIicnGUVxVt2XSRNXOqQ71R9pkQWfS/u96w\n"
              "fkt2y5zH5qVVCU481My6twQSdSqQLbf3\n"
              "-----END PUBLIC KEY-----\n",
              random);
        }).id() == "jwk.invalid");
}

TEST_CASE("jwk: a set is of one kind of keys, each with a name of its own") {
  CountingRandom random;
  const Json okp = Json::parse(Jwk::generate(JwsAlgorithm::kEdDsa, random).public_json());
  const Json ec = Json::parse(Jwk::generate(JwsAlgorithm::kEs256, random).public_json());
  const Json oct = made(JwsAlgorithm::kHs256);
  const auto parse_set = [](const Json& keys) {
    CountingRandom again;
    return parse_jwk_set(Json{{"keys", keys}}.dump(), again).size();
  };
  CHECK(parse_set({okp, ec}) == 2);
  CHECK(parse_set(Json::array()) == 0);
  CHECK(error_of([&] { parse_set({okp, oct}); }).id() == "jwk.invalid");
  CHECK(error_of([&] { parse_set({okp, okp}); }).id() == "jwk.invalid");
  Json nameless = ec;
  nameless.erase("kid");
  CHECK(error_of([&] { parse_set({nameless}); }).id() == "jwk.malformed");
  CHECK(error_of([&] { parse_set({1}); }).id() == "jwk.malformed");
  CHECK(error_of([&] { parse_jwk_set("{}", random); }).id() == "jwk.malformed");
  CHECK(error_of([&] { parse_jwk_set("[]", random); }).id() == "jwk.malformed");

  const Jwk first = parse(okp.dump());
  const Jwk second = parse(ec.dump());
  CHECK(parse_jwk_set(format_jwk_set({&first, &second}), random).size() == 2);
  CHECK(format_jwk_set({}) == "{\"keys\":[]}");
}

}  // namespace
}  // namespace tokctl::crypto
