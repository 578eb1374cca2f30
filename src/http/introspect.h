// Answering other programs about tokens (RFC 7662), and ending them for them (RFC 7009).
#pragma once

#include <optional>

#include "http/fields.h"
#include "http/message.h"
#include "tokctl.h"

namespace tokctl::http {

Response introspect(Tokctl& library, const Request& request);
// The same for those who must not wait: nothing when somebody else has to be asked.
std::optional<Response> introspect_from_memory(Tokctl& library, const Request& request);
Response revoke(Tokctl& library, const Request& request);

}  // namespace tokctl::http
