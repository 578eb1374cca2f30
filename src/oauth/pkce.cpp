#include "oauth/pkce.h"

#include "base/encoding.h"
#include "crypto/mac.h"

namespace tokctl::oauth {

SecretString make_verifier(Random& random) {
  SecretBytes bytes(32);
  random.fill(bytes.fill());
  std::string text = base64url_encode(bytes.reveal());
  SecretString verifier(text);
  wipe(text.data(), text.size());
  return verifier;
}

std::string challenge_of(const SecretString& verifier) {
  return base64url_encode(crypto::sha256(verifier.reveal()));
}

}  // namespace tokctl::oauth
