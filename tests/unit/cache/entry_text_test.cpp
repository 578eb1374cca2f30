#include "cache/entry_text.h"

#include <catch2/catch.hpp>

namespace tokctl::cache {
namespace {

// With every field filled.
std::string full() {
  Entry entry;
  entry.principal = {.type = TokenType::kApi,
                     .id = "i",
                     .public_id = "p",
                     .email = "e",
                     .full_name = std::string("n\0\xFF", 3),
                     .session_id = "s",
                     .source = "web",
                     .roles = {"a", ""},
                     .scopes = {"read", "write"},
                     .token_name = "ci",
                     .info = "{}",
                     .audience = {"api", "web"},
                     .claims = {{"tenant", "\"a\""}, {"level", "7"}},
                     .issued_at = from_unix(-5),
                     .expires_at = from_unix(4'000'000'000)};
  entry.idle = Seconds(400);
  entry.used = from_unix(7);
  entry.lookup = -3;
  entry.read_at = {.seq = 12, .mac = UINT64_MAX};
  return format_entry(entry);
}

TEST_CASE("entry text: comes back as it was") {
  const auto parsed = parse_entry(full());
  REQUIRE(parsed);
  const Principal& principal = (*parsed)->principal;
  CHECK(principal.type == TokenType::kApi);
  CHECK(principal.full_name == std::string("n\0\xFF", 3));
  CHECK(principal.roles == std::vector<std::string>{"a", ""});
  CHECK(principal.audience == std::vector<std::string>{"api", "web"});
  CHECK(principal.claims == decltype(principal.claims){{"tenant", "\"a\""}, {"level", "7"}});
  CHECK(principal.issued_at == from_unix(-5));
  CHECK(principal.expires_at == from_unix(4'000'000'000));
  CHECK((*parsed)->idle == Seconds(400));
  CHECK((*parsed)->used == from_unix(7));
  CHECK((*parsed)->lookup == -3);
  CHECK((*parsed)->read_at == Point{12, UINT64_MAX});
  CHECK(format_entry(**parsed) == full());

  Entry bare;
  const auto again = parse_entry(format_entry(bare));
  REQUIRE(again);
  CHECK_FALSE((*again)->idle);
  CHECK_FALSE((*again)->used);
  CHECK_FALSE((*again)->principal.expires_at);

  for (const std::size_t size : {126U, 127U, 128U, 129U, 16383U, 16384U, 40000U}) {
    bare.principal.info.assign(size, 'x');
    const auto large = parse_entry(format_entry(bare));
    REQUIRE(large);
    CHECK((*large)->principal.info == bare.principal.info);
  }
}

TEST_CASE("entry text: a part of one, or more than one, is none") {
  const std::string bytes = full();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(parse_entry(bytes.substr(0, size)));
  CHECK_FALSE(parse_entry(bytes + '\0'));
  CHECK_FALSE(parse_entry(bytes + bytes));
  CHECK_FALSE(parse_entry(std::string(1000, '\xFF')));
  CHECK_FALSE(parse_entry(std::string(1000, '\1')));
  // The size of the first text: without an end, larger than there is, and not in its shortest
  // spelling, which would be a second one of the same entry.
  CHECK_FALSE(parse_entry(bytes.substr(0, 17) + std::string(1000, '\x80')));
  CHECK_FALSE(parse_entry(bytes.substr(0, 17) + std::string(9, '\xFF') + '\1' + bytes));
  CHECK_FALSE(parse_entry(bytes.substr(0, 17) + "\x83" + '\0' + bytes.substr(18)));
  CHECK_FALSE(
      parse_entry(bytes.substr(0, 17) + "\x83" + std::string(8, '\x80') + '\2' + bytes.substr(18)));
}

TEST_CASE("entry text: a key comes back with its point, and nothing else does") {
  const auto text = format_key(
      {.read_at = {.seq = 12, .mac = UINT64_MAX}, .json = SecretString(R"({"kty":"OKP"})")});
  const auto parsed = parse_key(text.reveal());
  REQUIRE(parsed);
  CHECK(parsed->read_at == Point{12, UINT64_MAX});
  CHECK(parsed->json.reveal() == R"({"kty":"OKP"})");
  for (std::size_t size = 0; size < 17; ++size)
    CHECK_FALSE(parse_key(text.reveal().substr(0, size)));
  CHECK_FALSE(parse_key("\x01" + std::string(text.reveal().substr(1))));
}

}  // namespace
}  // namespace tokctl::cache
