#include "model/jwt.h"

#include <catch2/catch.hpp>
#include <string>

#include "support/random.h"

namespace tokctl {
namespace {

using namespace std::string_literals;

TEST_CASE("jwt: three parts of base64url's digits, and nothing else") {
  const auto parts = split_jwt("aa.bb.cc");
  REQUIRE(parts);
  CHECK(parts->header == "aa");
  CHECK(parts->payload == "bb");
  CHECK(parts->signature == "cc");
  CHECK(parts->signed_text == "aa.bb");
  for (const auto& text : {""s,
                           "."s,
                           ".."s,
                           "aa"s,
                           "aa.bb"s,
                           "aa.bb."s,
                           ".bb.cc"s,
                           "aa..cc"s,
                           "aa.bb.cc.dd"s,
                           "aa.bb.cc.dd.ee"s,
                           "aa.bb.cc="s,
                           "aa.b+.cc"s,
                           "aa.b/.cc"s,
                           " aa.bb.cc"s,
                           "aa.bb.cc\n"s,
                           "aa.bb.c\0c"s,
                           "aa.bb.c\xC3\xA4"s,
                           "aa.bb..cc"s,
                           "{\"payload\":\"aa\"}"s,
                           std::string(1 << 20, 'a'),
                           std::string(1 << 20, '.')}) {
    CAPTURE(text.substr(0, 40));
    CHECK_FALSE(split_jwt(text));
  }
  const std::string longest = "a." + std::string(kJwtMax - 4, 'b') + ".c";
  CHECK(longest.size() == kJwtMax);
  CHECK(split_jwt(longest));
  CHECK_FALSE(split_jwt(longest + "c"));
  CHECK(split_jws("aa..cc"));  // a signature over nothing is one; a token without claims is none
}

TEST_CASE("jwt: a header names its algorithm and its key, and nothing more") {
  const auto header = parse_jose_header(format_jose_header("EdDSA", "k-1"));
  REQUIRE(header);
  CHECK(header->alg == "EdDSA");
  CHECK(header->kid == "k-1");
  CHECK(format_jose_header("EdDSA", "k-1") == R"({"alg":"EdDSA","kid":"k-1","typ":"JWT"})");
  CHECK(parse_jose_header(R"( { "kid" : "k" , "alg" : "x" } )"));
  for (const std::string_view text : {R"({"alg":"HS256"})",
                                      R"({"kid":"k"})",
                                      R"({"alg":"","kid":"k"})",
                                      R"({"alg":["HS256"],"kid":"k"})",
                                      R"({"alg":null,"kid":"k"})",
                                      R"({"alg":1,"kid":"k"})",
                                      R"({"alg":"a","kid":{"a":"b"}})",
                                      R"({"alg":"a","alg":"a","kid":"k"})",
                                      R"({"alg":"a","kid":"k","kid":"k"})",
                                      R"({"alg":"a","\u0061lg":"a","kid":"k"})",
                                      R"({"alg":"a","kid":"k","typ":"jwt"})",
                                      R"({"alg":"a","kid":"k","typ":"JWE"})",
                                      R"({"alg":"a","kid":"k","typ":null})",
                                      R"({"alg":"a","kid":"k","typ":""})",
                                      R"({"alg":"a","kid":"k","crit":["exp"]})",
                                      R"({"alg":"a","kid":"k","jwk":{"kty":"oct"}})",
                                      R"({"alg":"a","kid":"k","jku":"https://x"})",
                                      R"({"alg":"a","kid":"k","x5u":"https://x"})",
                                      R"({"alg":"a","kid":"k","x5c":["x"]})",
                                      R"({"alg":"a","kid":"k","b64":false})",
                                      R"({"alg":"a","kid":"k","cty":"JWT"})",
                                      R"({"alg":"a","kid":"k","zip":"DEF"})",
                                      R"({"alg":"a","kid":"k"},)",
                                      R"([{"alg":"a","kid":"k"}])",
                                      R"("alg")",
                                      "",
                                      "null",
                                      "{",
                                      "\xEF\xBB\xBF{\"alg\":\"a\",\"kid\":\"k\"}",
                                      "{\"alg\":\"a\",\"kid\":\"\xFF\"}"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_jose_header(text));
  }
  CHECK_FALSE(parse_jose_header(std::string(10'000, '[')));
  CHECK_FALSE(parse_jose_header(std::string(R"({"alg":"a","kid":"k"})") + '\0'));
}

TEST_CASE("jwt: a part is decoded as base64url is, of any length and with any byte in it") {
  testing::CountingRandom random;
  for (std::size_t size = 0; size < 70; ++size) {
    Bytes bytes(size);
    random.fill(bytes);
    std::string text = base64url_encode(bytes);
    CHECK(decode_jws_part(text) == bytes);
    for (std::size_t at = 0; at < text.size(); at += at + 4 < text.size() ? 3 : 1) {
      const char was = text[at];
      for (int byte = 0; byte < 256; ++byte) {
        text[at] = static_cast<char>(byte);
        if (decode_jws_part(text) != base64url_decode(text)) FAIL("byte " << byte << " at " << at);
      }
      text[at] = was;
    }
    for (const char* more : {"A", "=", "==", "AA", "\n"})
      CHECK(decode_jws_part(text + more) == base64url_decode(text + more));
  }
}

TEST_CASE("jwt: claims come back as they were") {
  JwtClaims claims;
  claims.iss = "https://id.example.com";
  claims.sub = "6dcda2da-92c3-41e5-8994-feff819cdc9f";
  claims.aud = {"api"};
  claims.iat = 0;
  claims.nbf = 1700000000;
  claims.exp = kJwtTimeMax;
  claims.jti = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
  claims.username = "josé@example.com";
  claims.name = "José \"⚡\" O\\'Neil";
  claims.roles = {"admin", "ops"};
  claims.source = "web";
  claims.more = {{"tenant", "t-1"}};
  const std::string text = format_jwt_claims(claims);
  const auto parsed = parse_jwt_claims(text);
  REQUIRE(parsed);
  CHECK(format_jwt_claims(*parsed) == text);
  CHECK(parsed->aud == claims.aud);
  CHECK(parsed->iat == 0);
  CHECK(parsed->exp == kJwtTimeMax);
  CHECK(parsed->name == claims.name);
  CHECK(parsed->roles == claims.roles);
  CHECK(parsed->more == claims.more);
  claims.aud = {"api", "web"};
  CHECK(parse_jwt_claims(format_jwt_claims(claims))->aud == claims.aud);
  CHECK(format_jwt_claims({}) == "{}");
  CHECK_FALSE(parse_jwt_claims("{}")->exp);
}

TEST_CASE("jwt: claims of a wrong type, spelling or size are none") {
  for (const std::string_view text : {R"({"exp":"1"})",
                                      R"({"exp":1.0})",
                                      R"({"exp":1.5})",
                                      R"({"exp":1e3})",
                                      R"({"exp":1e400})",
                                      R"({"exp":-1})",
                                      R"({"exp":-0})",
                                      R"({"exp":9223372036854775808})",
                                      R"({"exp":253402300800})",
                                      R"({"exp":18446744073709551616})",
                                      R"({"exp":null})",
                                      R"({"exp":true})",
                                      R"({"exp":[1]})",
                                      R"({"exp":{"a":1}})",
                                      R"({"iat":"1"})",
                                      R"({"nbf":null})",
                                      R"({"exp":1,"exp":1})",
                                      R"({"exp":1,"\u0065xp":2})",
                                      R"({"sub":1})",
                                      R"({"sub":null})",
                                      R"({"sub":["a"]})",
                                      R"({"sub":""})",
                                      R"({"sub":"a\u0000b"})",
                                      R"({"sub":"a\nb"})",
                                      R"({"aud":1})",
                                      R"({"aud":[1]})",
                                      R"({"aud":[["a"]]})",
                                      R"({"aud":["a","a"]})",
                                      R"({"aud":[""]})",
                                      R"({"aud":{"a":"b"}})",
                                      R"({"roles":"admin"})",
                                      R"({"roles":[null]})",
                                      R"({"roles":[{"a":1}]})",
                                      R"({"roles":["a","a"]})",
                                      R"({"jti":false})",
                                      R"({"x":{"a":1,"a":1}})",
                                      R"({"x":[{"a":1,"a":1}]})",
                                      R"({"x":0.5})",
                                      R"({"x":[1.5]})",
                                      R"({"sub":"\ud800"})",
                                      R"([])",
                                      R"("a")",
                                      "1",
                                      "",
                                      "{",
                                      "{}}",
                                      "{} x",
                                      "{\"sub\":\"\xFF\"}",
                                      "\xEF\xBB\xBF{}",
                                      "{\"sub\":\"\xC0\x80\"}"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_jwt_claims(text));
  }
}

TEST_CASE("jwt: claims do not end with NUL, nor go on behind it") {
  const std::string claims = R"({"exp":1})";
  CHECK(parse_jwt_claims(claims));
  CHECK_FALSE(parse_jwt_claims(claims + '\0'));
  CHECK_FALSE(parse_jwt_claims(claims + '\0' + claims));
}

TEST_CASE("jwt: claims of other names may be anything, to a depth") {
  CHECK(parse_jwt_claims(R"({"a":null,"b":true,"c":-1,"d":[1,{"e":["f"]}],"g":{"h":{}}})"));
  CHECK(parse_jwt_claims(R"({"a":"x","b":["y"],"c":{"d":"z"}})")->more.size() == 1);
  const auto nested = [](int depth) {
    std::string text = "1";
    for (int i = 0; i < depth; ++i) text = "{\"a\":" + text + "}";
    return text;
  };
  CHECK(parse_jwt_claims(nested(16)));
  CHECK_FALSE(parse_jwt_claims(nested(17)));
  CHECK_FALSE(parse_jwt_claims(nested(10'000)));
  CHECK_FALSE(parse_jwt_claims("{\"a\":" + std::string(10'000, '[')));
  std::string many = "{";
  for (int i = 0; i < 300; ++i) many += "\"" + std::to_string(i) + "\":1,";
  CHECK_FALSE(parse_jwt_claims(many + "\"x\":1}"));
}

}  // namespace
}  // namespace tokctl
