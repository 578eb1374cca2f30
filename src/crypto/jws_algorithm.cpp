#include "crypto/jws_algorithm.h"

#include "base/names.h"

namespace tokctl::crypto {
namespace {

constexpr auto kNames =
    names_of<JwsAlgorithm>("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "EdDSA");
constexpr auto kTypeNames = names_of<KeyType>("oct", "RSA", "EC", "OKP");

}  // namespace

std::string_view to_text(JwsAlgorithm algorithm) { return kNames[algorithm]; }
std::optional<JwsAlgorithm> jws_algorithm_from(std::string_view text) { return kNames.find(text); }

std::string_view to_text(KeyType type) { return kTypeNames[type]; }

KeyType key_type(JwsAlgorithm algorithm) {
  switch (algorithm) {
    case JwsAlgorithm::kHs256:
    case JwsAlgorithm::kHs384:
    case JwsAlgorithm::kHs512:
      return KeyType::kOct;
    case JwsAlgorithm::kRs256:
    case JwsAlgorithm::kRs384:
    case JwsAlgorithm::kRs512:
      return KeyType::kRsa;
    case JwsAlgorithm::kEs256:
      return KeyType::kEc;
    case JwsAlgorithm::kEdDsa:
      break;
  }
  return KeyType::kOkp;
}

std::size_t hash_size(JwsAlgorithm algorithm) {
  switch (algorithm) {
    case JwsAlgorithm::kHs384:
    case JwsAlgorithm::kRs384:
      return 48;
    case JwsAlgorithm::kHs512:
    case JwsAlgorithm::kRs512:
    case JwsAlgorithm::kEdDsa:
      return 64;
    default:
      return 32;
  }
}

}  // namespace tokctl::crypto
