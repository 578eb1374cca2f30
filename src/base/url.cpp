#include "base/url.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/encoding.h"
#include "base/utf8.h"

namespace tokctl {
namespace {

constexpr auto kNone = std::string_view::npos;

// Where a password stands: url[first, last).
struct Place {
  std::size_t first, last;
};

// host, host:port or [v6]:port, and libpq's lists of them.
bool is_host_list(std::string_view text) {
  while (true) {
    const auto comma = std::min(text.find(','), text.size());
    std::string_view host = text.substr(0, comma);
    if (host.starts_with('[')) host.remove_prefix(std::min(host.find(']'), host.size()));
    const std::string_view port = host.substr(std::min(host.find(':'), host.size()));
    if (port.find_first_not_of("0123456789", 1) != kNone) return false;
    if (comma == text.size()) return true;
    text.remove_prefix(comma + 1);
  }
}

// Somebody forgot the // or the whole scheme: `postgres:/u:password@h`, `u:password@h`. What is not
// the path of a file is hidden from the first : on.
void find_without_authority(std::string_view url, std::vector<Place>& places) {
  if (url.starts_with("sqlite:") || url.starts_with("unix:")) return;
  const auto colon = url.find(':'), at = url.rfind('@');
  if (at != kNone && colon < at && at - colon > 1) places.push_back({colon + 1, at});
}

// `:password` before the `@` (RFC 3986 §3.2.1). Somebody who forgets to percent-encode a / ? or #
// in it has ended the authority early. So what looks like a port is taken for a password when it is
// no number, or when an @ follows where no parameter's value could hold it; and a password goes on
// to the last @ of all. Rather too much is hidden than too little.
void find_in_authority(std::string_view url, std::vector<Place>& places) {
  const auto scheme = url.find("://");
  if (scheme == kNone) return find_without_authority(url, places);
  const auto start = scheme + 3;
  const auto end = std::min(url.find_first_of("/?#", start), url.size());
  const std::string_view authority = url.substr(start, end - start);
  const auto colon = url.find(':', start);
  const auto at = authority.rfind('@');
  if (at == kNone && is_host_list(authority)) {
    const auto next_at = url.find('@', end);
    if (colon >= end || next_at == kNone || url.find('=', end) < next_at) return;
  }

  const auto user_end = at == kNone ? end : start + at;
  const auto last_at = url.rfind('@');
  const auto last = last_at == kNone || last_at < user_end ? url.size() : last_at;
  if (colon < user_end) {
    if (last - colon > 1) places.push_back({colon + 1, last});
  } else if (url.starts_with("redis") && user_end > start) {
    places.push_back({start, last});  // Redis had passwords before users: redis://password@host
  }
}

bool names_password(std::string_view key) {
  const std::string name = ascii_lower(percent_decode(key));
  if (name == "passfile" || name == "password-file") return false;
  return name.find("pass") != kNone || name.find("pwd") != kNone;
}

bool has_scheme(std::string_view text) {
  const std::string_view scheme = text.substr(0, text.find(':'));
  return scheme.size() < text.size() &&
         std::ranges::all_of(scheme, [](char c) { return c >= 'a' && c <= 'z'; });
}

// key=value, after the ? of a URL or anywhere in libpq's other notation, `host=h password=p`. What
// may end a name need not end a password: in a URL only & does.
void find_in_parameters(std::string_view url, std::size_t from, std::vector<Place>& places) {
  const bool is_url = has_scheme(url);
  if (is_url) from = url.find('?', from);
  while (from < url.size()) {
    auto end = std::min(url.find_first_of("?&; ", from), url.size());
    const auto equals = url.find('=', from);
    if (equals < end && names_password(url.substr(from, equals - from))) {
      end = std::min(url.find_first_of(is_url ? "&" : "?&; ", equals), url.size());
      if (equals + 1 < end) places.push_back({equals + 1, end});
    }
    from = end + 1;
  }
}

std::vector<Place> find_passwords(std::string_view url) {
  std::vector<Place> places;
  find_in_authority(url, places);
  const auto from = places.empty() ? 0 : places.front().last;
  find_in_parameters(url, from, places);
  return places;
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte =
        text[i] == '%' ? hex_decode(ascii_lower(text.substr(i + 1, 2))) : std::nullopt;
    if (byte && byte->size() == 1) {
      plain += static_cast<char>(byte->front());
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool has_password(std::string_view url) { return !find_passwords(url).empty(); }

std::string without_password(std::string_view url) {
  std::string shown;
  std::size_t done = 0;
  for (const Place& place : find_passwords(url)) {
    shown += url.substr(done, place.first - done);
    shown += "***";
    done = place.last;
  }
  shown += url.substr(done);
  return shown;
}

}  // namespace tokctl
