#include "crypto/aes_gcm.h"
#include "vectors/wycheproof.h"

namespace tokctl::crypto {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the vectors' vocabulary

TEST_CASE("Wycheproof: AES-256-GCM with a 96-bit nonce") {
  int ours = 0;
  const int all =
      for_each_test(wycheproof("aes_gcm"), [&ours](const auto& group, const auto& test) {
        if (group.at("keySize") != 256 || group.at("ivSize") != 96) return;
        ++ours;
        const Bytes key = bytes_at(test, "key");
        const Bytes nonce = bytes_at(test, "iv");
        const Bytes additional = bytes_at(test, "aad");
        const Bytes text = bytes_at(test, "msg");
        Bytes sealed = bytes_at(test, "ct");
        const Bytes tag = bytes_at(test, "tag");
        sealed.insert(sealed.end(), tag.begin(), tag.end());

        const auto opened = aes_gcm_decrypt(key, nonce, additional, sealed);
        CHECK(opened.has_value() == is_valid(test));
        if (opened) CHECK(opened->reveal() == as_text(text));
        CHECK((aes_gcm_encrypt(key, nonce, additional, text) == sealed) == is_valid(test));
      });
  CHECK(all == 316);
  CHECK(ours == 66);
}

}  // namespace
}  // namespace tokctl::crypto
