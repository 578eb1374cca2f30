// URLs of databases and caches, and the passwords inside them: where they are, so that they are
// neither shown nor taken from where others can read them.
#pragma once

#include <string>
#include <string_view>

namespace tokctl {

// Whether a password stands in `url`: after the user's name, or as a parameter such as `?password=`
// or `?sslpassword=`. A URL too broken to tell counts as having one.
bool has_password(std::string_view url);

// The URL with any password in it replaced by ***: the one way a URL is ever shown.
std::string without_password(std::string_view url);

// RFC 3986 §2.1; a % that no two hexadecimal digits follow stays as it is.
std::string percent_decode(std::string_view text);

}  // namespace tokctl
