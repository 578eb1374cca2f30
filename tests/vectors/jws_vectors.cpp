#include <set>
#include <string>

#include "auth/jws.h"
#include "base/error.h"
#include "support/random.h"
#include "vectors/wycheproof.h"

namespace tokctl::auth {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the vectors' vocabulary

// The keys of a group as the verifier is given them, and what it says to the text.
bool accepts(const nlohmann::json& keys, const nlohmann::json& text) {
  if (!text.is_string()) return false;  // the JSON serialisation
  CountingRandom random;
  try {
    return KeySet(keys.dump(), random).verify(text.get<std::string>()).has_value();
  } catch (const Error& error) {
    CHECK(error.code() == Code::kUsage);
    return false;  // keys that nothing is verified with
  }
}

const nlohmann::json& verifying_key(const nlohmann::json& group) {
  return group.contains("public") ? group.at("public") : group.at("private");
}

TEST_CASE("Wycheproof: JSON Web Signature") {
  // PSS and P-521 are no algorithms of tokctl's, so keys for them are refused (and the keys of RFC
  // 7520 say ES521, which is none of anybody's).
  const auto of_another_algorithm = [](const nlohmann::json& key) {
    const auto alg = key.value("alg", "");
    return alg.starts_with("PS") || alg == "ES521";
  };
  // Labelled the wrong way round. These two have a foreign character in header and
  // payload, which RFC 7515 §5.2 has refused,
  const std::set<int> not_valid = {372, 373};
  // and these two are, to the letter, the valid vector 357: the padding that their names speak of
  // is not there.
  const std::set<int> valid_after_all = {367, 370};

  const auto file = wycheproof("json_web_signature");
  int strict = 0;
  nlohmann::json valid_text;
  const int executed = for_each_test(file, [&](const auto& group, const auto& test) {
    const auto& key = verifying_key(group);
    const int id = test.at("tcId").template get<int>();
    bool expected = is_valid(test);
    if (of_another_algorithm(key) || not_valid.contains(id)) {
      if (expected) ++strict;
      expected = false;
    }
    if (id == 357) valid_text = test.at("jws");
    if (valid_after_all.contains(id)) {
      CHECK(test.at("jws") == valid_text);
      expected = true;
    }
    const nlohmann::json keys = {{"keys", nlohmann::json::array({key})}};
    CHECK(accepts(keys, test.at("jws")) == expected);
  });
  CHECK(executed == 401);
  CHECK(strict == 20);
}

TEST_CASE("Wycheproof: JSON Web Key") {
  const auto file = wycheproof("json_web_key");
  const int executed = for_each_test(file, [](const auto& group, const auto& test) {
    CHECK(accepts(verifying_key(group), test.at("jws")) == is_valid(test));
  });
  CHECK(executed == 26);
}

}  // namespace
}  // namespace tokctl::auth
