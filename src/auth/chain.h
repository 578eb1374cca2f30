// The chain of macs that makes the audit log tamper-evident.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/keyring.h"
#include "model/event.h"

namespace tokctl::auth {

// Hex HMAC-SHA256 under K_audit of the event's root key, over the previous event's mac (32 raw
// bytes; zeros before the first) and LP of seq, time, type, actor, public_id, subject, detail and
// root_key_id, numbers in decimal. Ignores event.mac. Throws Error(kIntegrity, "key.missing") when
// the key is not held.
std::string event_mac(const crypto::Keyring& keyring, std::string_view previous_mac,
                      const Event& event);

// Hex HMAC-SHA256 under K_audit: proof that the chain was cut, by somebody with the key, after
// event `seq`.
std::string anchor_proof(const crypto::Keyring& keyring, std::string_view key_id, std::int64_t seq,
                         std::string_view mac);

}  // namespace tokctl::auth
