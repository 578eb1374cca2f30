#include "auth/passwords.h"

#include "base/encoding.h"
#include "crypto/seal.h"

namespace tokctl::auth {
namespace {

crypto::Address hash_address(const db::users::UserRow& row) {
  return {.table = "users", .key = row.user.public_id, .column = "password_hash"};
}

}  // namespace

HashedPassword hash_password(const Context& context, const SecretString& password,
                             std::string_view private_id) {
  return {.scheme = crypto::PasswordScheme::kV1, .hash = context.hasher.hash(password, private_id)};
}

void set_password(const Context& context, std::string_view key_id, const HashedPassword& password,
                  Time now, db::users::UserRow& row) {
  replace_hash(context, key_id, password, row);
  row.secrets.password_tag = hex_encode(crypto::password_tag(password.hash));
  row.user.password_set_at = now;
}

void replace_hash(const Context& context, std::string_view key_id, const HashedPassword& password,
                  db::users::UserRow& row) {
  row.secrets.password_scheme = crypto::to_text(password.scheme);
  row.secrets.password_hash = crypto::seal(context.keyring, key_id, password.hash.reveal(),
                                           hash_address(row), context.random);
  row.user.has_password = true;
}

void set_no_password(const Context& context, db::users::UserRow& row) {
  crypto::Digest tag;
  context.random.fill(tag);
  row.secrets.password_scheme = crypto::to_text(crypto::PasswordScheme::kNone);
  row.secrets.password_hash.reset();
  row.secrets.password_tag = hex_encode(tag);
  row.user.password_set_at.reset();
  row.user.has_password = false;
}

SecretString stored_hash(const Context& context, const db::users::UserRow& row) {
  if (!row.secrets.password_hash) return {};
  return crypto::unseal(context.keyring, *row.secrets.password_hash, hash_address(row));
}

void forget_kit(db::users::UserRow& row) {
  row.secrets.kit_hash.reset();
  row.secrets.kit_email.reset();
}

}  // namespace tokctl::auth
