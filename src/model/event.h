// A line of the audit log.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace tokctl {

// What happened. The type names the noun and the deed ("user.created"); `detail` is a JSON object
// on one line, without secrets, whose exact bytes are part of the chain.
struct Event {
  std::int64_t seq = 0;  // 1, 2, 3 ... in commit order, no gaps
  Time at;
  std::string type;
  std::string actor;      // who did it: cli:NAME, library, ...
  std::string public_id;  // the user concerned, or empty
  std::string subject;    // the id of the object concerned, or empty
  std::string detail = "{}";
  std::string root_key_id;  // whose K_audit made the mac
  std::string mac;          // hex HMAC-SHA256 over the previous mac and this row
};

}  // namespace tokctl
