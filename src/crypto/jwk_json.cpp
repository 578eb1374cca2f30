// Reading JSON Web Keys and sets of them.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "crypto/jwk.h"

namespace tokctl::crypto {
namespace {

using Json = nlohmann::json;

[[noreturn]] void throw_malformed(const std::string& why) {
  throw Error(Code::kUsage, "jwk.malformed", why);
}

[[noreturn]] void throw_unfit(const char* why) { throw Error(Code::kUsage, "jwk.invalid", why); }

void wipe_strings(Json& json) {
  if (json.is_string()) {
    auto& text = json.get_ref<std::string&>();
    wipe(text.data(), text.size());
  }
  if (json.is_structured()) {
    for (auto& child : json) wipe_strings(child);
  }
}

// JSON that holds secrets, wiped at the end.
struct SecretJson {
  explicit SecretJson(std::string_view text) {
    auto parsed = parse_json_object(text);
    if (!parsed) throw_malformed("this is not a JSON object with each member named once");
    json = *std::move(parsed);
  }
  SecretJson(const SecretJson&) = delete;
  SecretJson& operator=(const SecretJson&) = delete;
  ~SecretJson() { wipe_strings(json); }
  Json json;
};

// Empty when there is no such member.
std::string_view text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) return {};
  if (!found->is_string() || found->get_ref<const std::string&>().empty())
    throw_malformed(fmt::format("the member {} of a key is not a text", name));
  return found->get_ref<const std::string&>();
}

JwsAlgorithm algorithm_of(const Json& json, std::optional<JwsAlgorithm> wanted) {
  const std::string_view alg = text_of(json, "alg");
  const auto given = alg.empty() ? wanted : jws_algorithm_from(alg);
  if (alg.empty() && !given) throw_unfit("a key does not say what algorithm it is for");
  if (!given) throw_unfit("a key is for an algorithm that is none of tokctl's");
  if (wanted && given != wanted) throw_unfit("a key is for another algorithm than asked for");
  if (text_of(json, "kty") != to_text(key_type(*given)))
    throw_unfit("the type of a key does not fit its algorithm");
  const std::string_view crv = text_of(json, "crv");
  const KeyType type = key_type(*given);
  if (crv != (type == KeyType::kEc ? "P-256" : type == KeyType::kOkp ? "Ed25519" : ""))
    throw_unfit("the curve of a key does not fit its algorithm");
  return *given;
}

// RFC 7517 §4.2 and §4.3: a key that says what it is for must be for signatures.
void check_use(const Json& json, bool has_private) {
  const std::string_view use = text_of(json, "use");
  if (!use.empty() && use != "sig") throw_unfit("a key is not for signatures");
  const auto operations = json.find("key_ops");
  if (operations == json.end()) return;
  if (!operations->is_array() || operations->empty())
    throw_malformed("the member key_ops of a key is not a list");
  bool fit = false;
  for (const Json& operation : *operations) {
    fit = fit || operation == "verify" || (has_private && operation == "sign");
    if (operation != "verify" && operation != "sign") throw_unfit("a key is not for signatures");
  }
  if (!fit) throw_unfit("a key is not for signatures");
}

void check_known(const Json& json, KeyType type) {
  static const std::set<std::string_view> kCommon = {"kty", "crv", "use", "key_ops", "alg", "kid",
                                                     // of certificates, which nothing here believes
                                                     "x5c", "x5t", "x5t#S256", "x5u", "iat", "nbf",
                                                     "exp", "ext"};
  const auto known = key_members(type);
  for (const auto& item : json.items()) {
    const std::string_view name = item.key();
    const auto named = [name](const KeyMember& member) { return member.name == name; };
    if (!kCommon.contains(name) && std::ranges::none_of(known, named))
      throw_malformed("a key has a member that keys of its type do not have");
  }
}

KeyMaterial material_of(const Json& json, JwsAlgorithm algorithm) {
  KeyMaterial material{.algorithm = algorithm, .members = {}};
  const auto known = key_members(material.type());
  std::size_t secrets = 0;
  std::size_t given = 0;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const std::string_view text = text_of(json, std::string(known[i].name).c_str());
    secrets += known[i].is_private ? 1U : 0U;
    if (text.empty()) {
      if (!known[i].is_private || material.type() == KeyType::kOct)
        throw_malformed(fmt::format("a key lacks its member {}", known[i].name));
      continue;
    }
    given += known[i].is_private ? 1U : 0U;
    auto bytes = base64url_decode(text);
    if (!bytes)
      throw_malformed(fmt::format("the member {} of a key is not base64url", known[i].name));
    material.members[i] = SecretBytes(*bytes);
    wipe(*bytes);
  }
  if (given != 0 && given != secrets) throw_malformed("a private key lacks some of its numbers");
  return material;
}

}  // namespace

Jwk Jwk::from_json(std::string_view text, Trust trust, Random& random,
                   std::optional<JwsAlgorithm> wanted) {
  const SecretJson key(text);
  const JwsAlgorithm algorithm = algorithm_of(key.json, wanted);
  check_known(key.json, key_type(algorithm));
  KeyMaterial material = material_of(key.json, algorithm);
  check_use(key.json, material.has_private());
  const std::string_view kid = text_of(key.json, "kid");
  if (!kid.empty() && !is_kid(kid))
    throw_malformed("the member kid of a key is not 1 to 64 of A-Z a-z 0-9 . _ ~ @ : -");
  return {std::move(material), std::string(kid), trust, random};
}

std::vector<Jwk> parse_jwk_set(std::string_view text, Random& random) {
  const SecretJson set(text);
  const auto keys = set.json.find("keys");
  if (keys == set.json.end() || !keys->is_array()) throw_malformed("this is not a set of keys");
  std::vector<Jwk> parsed;
  std::set<std::string> kids;
  for (const Json& key : *keys) {
    if (!key.is_object() || text_of(key, "kid").empty())
      throw_malformed("a key of the set has no kid");
    std::string one = key.dump();
    try {
      parsed.push_back(Jwk::from_json(one, Trust::kForeign, random));
    } catch (...) {
      wipe(one.data(), one.size());
      throw;
    }
    wipe(one.data(), one.size());
    if (!kids.insert(parsed.back().kid()).second) throw_unfit("two keys of the set have one kid");
    if (parsed.back().symmetric() != parsed.front().symmetric())
      throw_unfit("the set mixes symmetric keys with public ones");
  }
  return parsed;
}

}  // namespace tokctl::crypto
