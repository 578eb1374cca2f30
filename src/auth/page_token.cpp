#include "auth/page_token.h"

#include <fmt/format.h>

#include <charconv>

#include "base/encoding.h"
#include "base/error.h"
#include "base/utf8.h"
#include "model/page.h"

namespace tokctl::auth {
namespace {

constexpr char kSeparator = '\x1f';  // in no email, id or number

[[noreturn]] void refuse() {
  throw Error(Code::kUsage, "page.token", "the page token does not belong to this list",
              "use the next_page of a list with the same options");
}

}  // namespace

std::string make_page_token(std::string_view order, const std::vector<std::string>& keys) {
  std::string plain(order);
  for (const std::string& key : keys) plain += kSeparator + key;
  return base64url_encode(as_bytes(plain));
}

std::vector<std::string> parse_page_token(std::string_view token, std::string_view order,
                                          std::size_t count) {
  const auto bytes = base64url_decode(token);
  if (!bytes) refuse();
  std::string_view rest = as_text(*bytes);
  // As every key is; a database that knows nothing else would not be asked in vain.
  if (!utf8_length(rest) || rest.find('\0') != std::string_view::npos) refuse();
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = rest.find(kSeparator);
    parts.emplace_back(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  if (parts.size() != count + 1 || parts.front() != order) refuse();
  parts.erase(parts.begin());
  return parts;
}

std::int64_t page_token_integer(std::string_view key) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
  if (error != std::errc() || end != key.data() + key.size()) refuse();
  return number;
}

void check_page_limit(std::size_t limit) {
  if (limit == 0 || limit > kPageMax) {
    throw Error(Code::kUsage, "page.limit", fmt::format("a page holds 1 to {} rows", kPageMax));
  }
}

}  // namespace tokctl::auth
