// Sealing: a value that opens only with the root key and only at the place it was written for.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/keyring.h"

namespace tokctl::crypto {

// Where a sealed value lives. Part of what is authenticated: moved to another row or column it does
// not open.
struct Address {
  std::string_view table;
  std::string_view key;  // the row's primary key
  std::string_view column;
  // Of the fields beside it that say whose it is, or where it may be sent; changed by hand, it does
  // not open. Each table and column always has the same ones.
  std::string_view bound = {};
};

// LP of each field, in a row: what an address is bound to.
std::string bind(std::initializer_list<std::string_view> fields);

// AES-256-GCM under HKDF(K_seal of `key_id`, salt = 32 random bytes, info "tokctl/v1/seal-value"),
// a random 96-bit nonce, and as additional data the header and LP(table) LP(key) LP(column),
// then what it is bound to. A fresh key for each value keeps random nonces safe at any number of
// values. Result: base64 of version (1 byte, 0x01), key id (8 bytes), salt (32), nonce (12),
// ciphertext, tag (16).
std::string seal(const Keyring& keyring, std::string_view key_id, std::string_view plaintext,
                 const Address& address, Random& random);

// Throws Error(kIntegrity, "seal.broken") naming the address when the value does not open: damaged,
// moved, forged; "key.missing" when it was sealed under a root key that this process does not hold.
SecretString unseal(const Keyring& keyring, std::string_view sealed, const Address& address);

// What every value that is sealed under this root key begins with, and no other does.
std::string sealed_prefix(std::string_view key_id);

}  // namespace tokctl::crypto
