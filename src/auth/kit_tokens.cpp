#include "auth/kit_tokens.h"

#include "auth/passwords.h"
#include "base/encoding.h"
#include "crypto/seal.h"
#include "crypto/web_token.h"
#include "db/user.h"

namespace tokctl::auth {

std::optional<crypto::Digest> KitTokens::derive(const Context& context, db::Handle& db,
                                                const db::sessions::WithOwner& row) {
  const std::string& id = row.session.public_id;
  // A new password changes the tag and a new email the email; ids never change.
  const std::string key = id + row.owner.private_id + row.owner.password_tag + row.owner.email;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
  }
  const auto user = db::users::find(db, id);
  if (!user || !user->secrets.kit_hash || !user->secrets.kit_email) return std::nullopt;
  const SecretString hash = crypto::unseal(context.keyring, *user->secrets.kit_hash,
                                           {.table = "users", .key = id, .column = "kit_hash"});
  const SecretString email = crypto::unseal(context.keyring, *user->secrets.kit_email,
                                            {.table = "users", .key = id, .column = "kit_email"});
  const crypto::Digest token =
      crypto::derive_kit_token(hash, id, row.owner.private_id, email.reveal());
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMax) known_.clear();
  known_.emplace(key, token);
  return token;
}

bool forget_kit_if_over(Change& change, std::string_view public_id) {
  if (db::sessions::has_live_kit(change.db(), public_id, change.now())) return false;
  auto row = db::users::find(change.db(), public_id, db::Locking::kRows);
  if (!row || (!row->secrets.kit_hash && !row->secrets.kit_email)) return false;
  forget_kit(*row);
  db::users::update(change.db(), *row);
  return true;
}

}  // namespace tokctl::auth
