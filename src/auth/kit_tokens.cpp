#include "auth/kit_tokens.h"

#include "base/encoding.h"
#include "crypto/seal.h"
#include "crypto/web_token.h"

namespace tokctl::auth {

std::optional<crypto::Digest> KitTokens::derive(const Context& context,
                                                const db::users::UserRow& owner) {
  const db::users::Secrets& secrets = owner.secrets;
  if (!secrets.kit_hash || !secrets.kit_email) return std::nullopt;
  const std::string& id = owner.user.public_id;
  // The sealed texts change whenever their content does (a fresh salt each time), so they can stand
  // for it.
  const std::string key =
      id + secrets.private_id + ":" + *secrets.kit_hash + ":" + *secrets.kit_email;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
  }
  const SecretString hash = crypto::unseal(context.keyring, *secrets.kit_hash,
                                           {.table = "users", .key = id, .column = "kit_hash"});
  const SecretString email = crypto::unseal(context.keyring, *secrets.kit_email,
                                            {.table = "users", .key = id, .column = "kit_email"});
  const crypto::Digest token =
      crypto::derive_kit_token(hash, id, secrets.private_id, email.reveal());
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMax) known_.clear();
  known_.emplace(key, token);
  return token;
}

}  // namespace tokctl::auth
