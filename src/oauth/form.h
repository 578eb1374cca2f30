// application/x-www-form-urlencoded, both ways: the language of OAuth's requests and redirects.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace tokctl::oauth {

// Percent-encoding of all but RFC 3986's unreserved characters: right in a form, in a query, and
// for the two halves of a Basic header (RFC 6749 §2.3.1).
SecretString percent_encode(std::string_view text);

class Form {
 public:
  Form& add(std::string_view name, std::string_view value);
  // name=value&name=value
  SecretString text() const;

 private:
  std::vector<SecretString> pieces_;
};

// `url` with the form as its query, behind what it has of one.
std::string with_query(std::string_view url, const Form& form);

// The fields of a query or a body. Nothing when a name is there twice, an escape is broken or
// something is not UTF-8 or has a NUL in it.
std::optional<std::map<std::string, std::string>> parse_form(std::string_view text);

}  // namespace tokctl::oauth
