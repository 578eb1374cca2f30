// An answer that is a JSON object.
#pragma once

#include <nlohmann/json.hpp>

#include "http/message.h"

namespace tokctl::http {

// 200, not to be kept by anybody on the way (RFC 6749 §5.1).
inline Response json_answer(const nlohmann::ordered_json& object) {
  return {.status = 200,
          .headers = {{"Cache-Control", "no-store"}},
          .body = object.dump() + "\n",
          .reason = {}};
}

}  // namespace tokctl::http
