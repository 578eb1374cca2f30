// Answering other programs about tokens (RFC 7662), and ending them for them (RFC 7009).
#pragma once

#include "http/fields.h"
#include "http/message.h"
#include "tokctl.h"

namespace tokctl::http {

Response introspect(Tokctl& library, const Request& request);
Response revoke(Tokctl& library, const Request& request);

}  // namespace tokctl::http
