#include <catch2/catch.hpp>
#include <string>

#include "base/encoding.h"

using tokctl::base64_decode;
using tokctl::base64url_decode;
using tokctl::hex_decode;

TEST_CASE("decoders take no byte for a digit that is none") {
  const std::string base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::string hex = "0123456789abcdef";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    CAPTURE(byte);
    const auto among = [c](const std::string& digits) { return digits.find(c) != digits.npos; };
    CHECK(base64_decode(std::string("A") + c + "AA").has_value() == among(base64));
    CHECK(base64url_decode(std::string("A") + c + "AA").has_value() == among(base64url));
    CHECK(hex_decode(std::string("0") + c).has_value() == among(hex));
  }
}

TEST_CASE("decoders turn nothing into no bytes") {
  CHECK(base64_decode("") == tokctl::Bytes{});
  CHECK(base64url_decode("") == tokctl::Bytes{});
  CHECK(tokctl::base64_decode_to("", {}));
  CHECK(hex_decode("") == tokctl::Bytes{});
}
