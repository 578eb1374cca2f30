#include <stdexcept>

#include "crypto/mac.h"
#include "vectors/wycheproof.h"

namespace tokctl::crypto {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the vectors' vocabulary

TEST_CASE("Wycheproof: HMAC-SHA256") {
  const auto file = wycheproof("hmac_sha256");
  const int executed = for_each_test(file, [](const auto& group, const auto& test) {
    const Digest full = Mac(MacKey(bytes_at(test, "key"))).add(bytes_at(test, "msg")).finish();
    const auto size = group.at("tagSize").template get<std::size_t>() / 8;
    CHECK(constant_time_equal(std::span(full).first(size), bytes_at(test, "tag")) ==
          is_valid(test));
  });
  CHECK(executed == 174);
}

TEST_CASE("Wycheproof: HKDF-SHA256") {
  const auto file = wycheproof("hkdf_sha256");
  const int executed = for_each_test(file, [](const auto&, const auto& test) {
    const auto derive = [&test] {
      const Bytes info = bytes_at(test, "info");
      return hkdf_sha256(bytes_at(test, "ikm"), bytes_at(test, "salt"), as_text(info),
                         test.at("size").template get<std::size_t>());
    };
    if (is_valid(test)) {
      CHECK(constant_time_equal(derive().reveal(), bytes_at(test, "okm")));
    } else {
      CHECK_THROWS_AS(derive(), std::invalid_argument);
    }
  });
  CHECK(executed == 86);
}

}  // namespace
}  // namespace tokctl::crypto
