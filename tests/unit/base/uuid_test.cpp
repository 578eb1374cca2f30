#include "base/uuid.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "support/random.h"

namespace tokctl {
namespace {

constexpr std::string_view kGood = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

class FilledRandom final : public Random {
 public:
  explicit FilledRandom(std::uint8_t byte) : byte_(byte) {}
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes) byte = byte_;
  }

 private:
  std::uint8_t byte_;
};

TEST_CASE("a made UUID is of version 4 whatever the random bits are") {
  FilledRandom zeros(0x00);
  FilledRandom ones(0xFF);
  testing::CountingRandom counting;
  CHECK(make_uuid(zeros) == "00000000-0000-4000-8000-000000000000");
  CHECK(make_uuid(ones) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
  CHECK(make_uuid(counting) == "00010203-0405-4607-8809-0a0b0c0d0e0f");
}

TEST_CASE("a UUID of version 7 tells its second, and sorts by it") {
  FilledRandom zeros(0x00);
  FilledRandom ones(0xFF);
  // RFC 9562, appendix A.6, to the second.
  CHECK(make_uuid(zeros, from_unix(1'645'557'742)) == "017f22e2-79b0-7000-8000-000000000000");
  CHECK(make_uuid(ones, from_unix(1'645'557'742)) == "017f22e2-79b0-7fff-bfff-ffffffffffff");
  CHECK(make_uuid(ones, from_unix(1'645'557'741)) < make_uuid(zeros, from_unix(1'645'557'742)));
  CHECK(make_uuid(ones, from_unix(17'000'000'000)) > make_uuid(ones, from_unix(4'000'000'000)));
}

TEST_CASE("made UUIDs differ and are UUIDs") {
  SystemRandom random;
  std::set<std::string> made;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = make_uuid(random);
    CHECK(is_uuid(id));
    made.insert(id);
  }
  CHECK(made.size() == 1000);
}

TEST_CASE("only the one spelling is a UUID") {
  CHECK(is_uuid(kGood));
  CHECK(is_uuid("00000000-0000-0000-0000-000000000001"));
  CHECK(is_uuid("ffffffff-ffff-ffff-ffff-ffffffffffff"));
  for (const char* text :
       {"", "00000000-0000-0000-0000-000000000000", "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
        "3f2504e0-4f89-41d3-9a0c-0305e82c330A", "{3f2504e0-4f89-41d3-9a0c-0305e82c3301}",
        "urn:uuid:3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3f2504e04f8941d39a0c0305e82c3301",
        "3f2504e04f8941d39a0c0305e82c33011234", "3f2504e0-4f89-41d3-9a0c-0305e82c330",
        "3f2504e0-4f89-41d3-9a0c-0305e82c33011", " f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "3f2504e0-4f89-41d3-9a0c-0305e82c330\n", "3f2504e0_4f89_41d3_9a0c_0305e82c3301"}) {
    CAPTURE(text);
    CHECK_FALSE(is_uuid(text));
  }
}

TEST_CASE("a UUID with any place spoilt is none") {
  for (std::size_t at = 0; at < kGood.size(); ++at) {
    for (const char wrong : {'g', 'F', '-', '\0', ':', '`', '/', '\xb0'}) {
      std::string text(kGood);
      if (text[at] == wrong) continue;
      text[at] = wrong;
      CAPTURE(at, wrong);
      CHECK_FALSE(is_uuid(text));
    }
  }
}

}  // namespace
}  // namespace tokctl
