// An answer that is a JSON object.
#pragma once

#include <string>
#include <utility>

#include "http/message.h"

namespace tokctl::http {

// 200, not to be kept by anybody on the way (RFC 6749 §5.1).
inline Response json_answer(std::string object) {
  object += '\n';
  return {.status = 200,
          .headers = {{"Cache-Control", "no-store"}},
          .body = std::move(object),
          .reason = {}};
}

}  // namespace tokctl::http
