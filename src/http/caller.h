// Who asks about other people's tokens: a program with an API token of its own.
#pragma once

#include <optional>
#include <string_view>

#include "auth/tokens.h"
#include "base/secret.h"
#include "http/fields.h"
#include "http/message.h"

namespace tokctl::http {

// The scopes that an API token must have for its bearer to ask. None that an application would give
// to its users by chance.
inline constexpr std::string_view kMayIntrospect = "tokctl:introspect";
inline constexpr std::string_view kMayRevoke = "tokctl:revoke";

// The API token by which the caller proves who he is: as `Bearer`, or as the secret of an OAuth
// client in one of the two ways of RFC 6749 §2.3.1, whose id is then not looked at. Nothing when
// there is none, or more than one.
std::optional<SecretString> caller_token(const Request& request, const Fields& fields);

// Nothing when the caller may do what `scope` is for; else the answer that he gets.
std::optional<Response> refuse_caller(auth::Tokens& tokens, const Request& request,
                                      const Fields& fields, std::string_view scope);

// Whether memory alone knows that he may.
bool recall_caller(auth::Tokens& tokens, const Request& request, const Fields& fields,
                   std::string_view scope);

}  // namespace tokctl::http
