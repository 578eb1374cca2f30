#include "base/encoding.h"

#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>
#include <string>

#include "support/hex.h"

namespace tokctl {
namespace {

using testing::hex;

Bytes bytes_of(std::string_view text) {
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

TEST_CASE("hex is lowercase and even") {
  CHECK(hex_encode(hex("00ff10")) == "00ff10");
  CHECK(hex_encode({}).empty());
  CHECK(hex_decode("") == Bytes{});
  CHECK(base64_decode_to("", {}));
  for (const char* text : {"0", "0g", "FF", "fF", " ff", "ff ", "0x00", "f f0", "ff:0"}) {
    CAPTURE(text);
    CHECK_FALSE(hex_decode(text));
  }
  CHECK_FALSE(hex_decode(std::string_view("00\0\0", 4)));
}

TEST_CASE("base64 agrees with RFC 4648 section 10") {
  const auto [plain, text] = GENERATE(table<std::string, std::string>({{"", ""},
                                                                       {"f", "Zg=="},
                                                                       {"fo", "Zm8="},
                                                                       {"foo", "Zm9v"},
                                                                       {"foob", "Zm9vYg=="},
                                                                       {"fooba", "Zm9vYmE="},
                                                                       {"foobar", "Zm9vYmFy"}}));
  CHECK(base64_encode(as_bytes(plain)) == text);
  CHECK(base64_decode(text) == bytes_of(plain));
  std::string unpadded = text.substr(0, text.find('='));
  CHECK(base64url_encode(as_bytes(plain)) == unpadded);
  CHECK(base64url_decode(unpadded) == bytes_of(plain));
}

TEST_CASE("base64 takes no other spelling") {
  for (const char* text :
       {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "====", "=", "Zg==Zg==", "Zm8=\n",
        " Zm8=", "Zm 8=", "Zm9v\n", "-_-_", "Zm9v=", "Zm9v====", "Zm8\xff", "Zm\xc3\xa9"}) {
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text));
  }
  CHECK_FALSE(base64_decode(std::string_view("Zm9v\0\0\0\0", 8)));
  CHECK_FALSE(base64_decode(std::string_view("Zm\0v", 4)));
}

TEST_CASE("base64url takes no other spelling") {
  for (const char* text : {"Zg==", "Zh", "Zm9", "Z", "Zm9v\n", "+/+/", "Zm8=", "Zm 8"}) {
    CAPTURE(text);
    CHECK_FALSE(base64url_decode(text));
  }
  CHECK(base64url_encode(hex("fbff")) == "-_8");
  CHECK(base64url_decode("-_8") == hex("fbff"));
  CHECK(base64_decode("+/8=") == hex("fbff"));
}

TEST_CASE("decoders take no byte for a digit that is none") {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    CAPTURE(byte);
    const auto among = [c](std::string_view set) { return set.find(c) != std::string_view::npos; };
    CHECK(base64_decode(std::string("A") + c + "AA").has_value() == among(digits + "+/"));
    CHECK(base64url_decode(std::string("A") + c + "AA").has_value() == among(digits + "-_"));
    CHECK(hex_decode(std::string("0") + c).has_value() == among("0123456789abcdef"));
  }
}

// Any byte in any place: what is accepted encodes back to itself.
TEST_CASE("one byte changed is another value or none") {
  for (const std::string_view plain : {"", "f", "fo", "foo", "foob"}) {
    for (std::size_t at = 0; at < base64_size(plain.size()); ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string text = base64_encode(as_bytes(plain));
        text[at] = static_cast<char>(c);
        CAPTURE(text);
        if (const auto bytes = base64_decode(text)) CHECK(base64_encode(*bytes) == text);
        Bytes out(plain.size());
        if (base64_decode_to(text, out)) CHECK(base64_encode(out) == text);

        text = base64url_encode(as_bytes(plain));
        if (at < text.size()) text[at] = static_cast<char>(c);
        if (const auto bytes = base64url_decode(text)) CHECK(base64url_encode(*bytes) == text);
      }
    }
  }
}

TEST_CASE("encodings round trip for every length") {
  std::mt19937 random(1);
  for (std::size_t size = 0; size <= 100; ++size) {
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    CHECK(hex_decode(hex_encode(bytes)) == bytes);
    CHECK(base64_decode(base64_encode(bytes)) == bytes);
    CHECK(base64url_decode(base64url_encode(bytes)) == bytes);
    CHECK(base64_encode(bytes).size() == base64_size(size));

    std::string text(base64_size(size), '?');
    base64_encode_to(bytes, text);
    CHECK(text == base64_encode(bytes));
    Bytes back(size, 0xEE);
    CHECK(base64_decode_to(text, back));
    CHECK(back == bytes);
  }
}

TEST_CASE("the buffers of base64 have to be of the exact size") {
  std::string text(4, '?');
  CHECK_THROWS_AS(base64_encode_to(Bytes(4), text), std::invalid_argument);
  CHECK_THROWS_AS(base64_encode_to(Bytes(0), text), std::invalid_argument);
  for (const std::size_t size : {0U, 1U, 3U, 4U}) {
    Bytes bytes(size);
    CAPTURE(size);
    CHECK_FALSE(base64_decode_to("Zm8=", bytes));
  }
}

TEST_CASE("base62 is a big-endian number, padded") {
  CHECK(base62_encode(hex("00"), 2) == "00");
  CHECK(base62_encode(hex("3d"), 2) == "0z");
  CHECK(base62_encode(hex("3e"), 2) == "10");
  CHECK(base62_encode(hex("0a"), 1) == "A");
  CHECK(base62_encode(hex("24"), 1) == "a");
  CHECK(base62_encode({}, 0).empty());
  CHECK(base62_encode({}, 3) == "000");
  CHECK_THROWS_AS(base62_encode(Bytes(65, 0), 100), std::invalid_argument);
  // 2^256 - 1
  const std::string max = base62_encode(Bytes(32, 0xFF), 43);
  CHECK(max == "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
  CHECK(base62_decode(max, 32) == Bytes(32, 0xFF));
}

TEST_CASE("base62 refuses what does not fit") {
  CHECK_THROWS_AS(base62_encode(Bytes(32, 0xFF), 42), std::invalid_argument);
  CHECK_FALSE(base62_decode(std::string(43, 'z'), 32));
  CHECK_FALSE(base62_decode("48", 1));  // 256
  CHECK(base62_decode("47", 1) == hex("ff"));
  CHECK_FALSE(base62_decode("1", 0));
  CHECK(base62_decode("0", 0) == Bytes{});
  for (const char* text : {"-", "_", " ", "+", "\xc3\xa9"}) CHECK_FALSE(base62_decode(text, 4));
  CHECK_FALSE(base62_decode(std::string_view("\0", 1), 4));
}

TEST_CASE("base62 round trips") {
  std::mt19937 random(2);
  for (int i = 0; i < 500; ++i) {
    Bytes bytes(32);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    if (i % 5 == 0) bytes[0] = bytes[1] = 0;
    const std::string text = base62_encode(bytes, 43);
    CHECK(text.size() == 43);
    CHECK(base62_decode(text, 32) == bytes);
  }
}

}  // namespace
}  // namespace tokctl
