#include "auth/chain.h"

#include <fmt/format.h>

#include <array>

#include "base/encoding.h"

namespace tokctl::auth {
namespace {

void add_mac(crypto::Mac& mac, std::string_view hex) {
  // An unreadable mac in the database simply yields another chain, which then does not match.
  const Bytes bytes = hex_decode(hex).value_or(Bytes{});
  mac.add(bytes.size() == crypto::kDigestSize ? bytes : Bytes(crypto::kDigestSize));
}

}  // namespace

std::string event_mac(const crypto::Keyring& keyring, std::string_view previous_mac,
                      const Event& event) {
  crypto::Mac mac(keyring.mac_key(event.root_key_id, crypto::Purpose::kAudit));
  add_mac(mac, previous_mac);
  mac.add_lp(fmt::format_int(event.seq).str())
      .add_lp(fmt::format_int(to_unix(event.at)).str())
      .add_lp(event.type)
      .add_lp(event.actor)
      .add_lp(event.public_id)
      .add_lp(event.subject)
      .add_lp(event.detail)
      .add_lp(event.root_key_id);
  return hex_encode(mac.finish());
}

std::string anchor_proof(const crypto::Keyring& keyring, std::string_view key_id, std::int64_t seq,
                         std::string_view mac_text) {
  crypto::Mac mac(keyring.mac_key(key_id, crypto::Purpose::kAudit));
  mac.add_lp("tokctl-audit-anchor-v1").add_lp(fmt::format_int(seq).str()).add_lp(mac_text);
  return hex_encode(mac.finish());
}

}  // namespace tokctl::auth
