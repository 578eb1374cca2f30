#include "model/user.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/names.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "model/api_token.h"

namespace tokctl {
namespace {

constexpr auto kStatusNames = names_of<UserStatus>("active", "disabled");

bool has_white_space(std::string_view text) {
  while (!text.empty()) {
    const auto code = take_code_point(text);
    if (code && is_white_space(*code)) return true;
  }
  return false;
}

bool all_white_space(std::string_view text) {
  while (!text.empty()) {
    const auto code = take_code_point(text);
    if (!code || !is_white_space(*code)) return false;
  }
  return true;
}

// What RFC 5321 allows outside quotes, and anything that is not ASCII (RFC 6531).
bool plausible_local_part(std::string_view local) {
  return !local.empty() && local.find_first_of("\"(),:;<>[\\]") == std::string_view::npos;
}

// Labels of letters, digits and inner hyphens; a single one will do, as in root@localhost.
bool plausible_domain(std::string_view domain) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || (c & 0x80) != 0;
  };
  while (true) {
    const std::string_view label = domain.substr(0, domain.find('.'));
    if (label.empty() || label.starts_with('-') || label.ends_with('-') ||
        !std::ranges::all_of(label, allowed)) {
      return false;
    }
    if (label.size() == domain.size()) return true;
    domain.remove_prefix(label.size() + 1);
  }
}

// The email as it is stored, or nothing when it is not one.
std::optional<std::string> parse_email(std::string_view email) {
  // The length in bytes first, so that nothing is scanned that could not be one: a character is at
  // most 4.
  if (email.size() > 4 * kEmailMax || utf8_length(email).value_or(kEmailMax + 1) > kEmailMax ||
      has_control(email) || has_white_space(email)) {
    return std::nullopt;
  }
  std::string stored = ascii_lower(email);
  const std::string_view whole = stored;
  const auto at = whole.find('@');
  if (at == std::string_view::npos || whole.find('@', at + 1) != std::string_view::npos ||
      !plausible_local_part(whole.substr(0, at)) || !plausible_domain(whole.substr(at + 1))) {
    return std::nullopt;
  }
  return stored;
}

}  // namespace

std::string_view to_text(UserStatus status) { return kStatusNames[status]; }
std::optional<UserStatus> user_status_from(std::string_view text) {
  return kStatusNames.find(text);
}

std::string normalize_email(std::string_view email) {
  if (auto stored = parse_email(email)) return *std::move(stored);
  throw Error(Code::kUsage, "user.email",
              fmt::format("not an email address of at most {} characters", kEmailMax));
}

void check_full_name(std::string_view name, std::size_t min) {
  const auto refuse = [](const std::string& what) { throw Error(Code::kUsage, "user.name", what); };
  const auto length = utf8_length(name);
  if (!length) refuse("a full name has to be UTF-8");
  if (*length > kFullNameMax) {
    refuse(fmt::format("a full name has at most {} characters", kFullNameMax));
  }
  if (has_control(name)) refuse("a full name cannot hold control characters");
  if (all_white_space(name)) refuse("a full name cannot be empty");
  if (*length < min) refuse(fmt::format("a full name needs at least {} characters", min));
}

void check_roles(const std::vector<std::string>& roles) {
  const auto refuse = [](const std::string& what) { throw Error(Code::kUsage, "user.role", what); };
  if (roles.size() > kRolesMax) refuse(fmt::format("a user has at most {} roles", kRolesMax));
  if (!std::ranges::all_of(roles, is_scope)) {
    refuse(
        fmt::format("a role is 1 to {} printable ASCII characters without space, quote and "
                    "backslash",
                    kScopeMax));
  }
  if (std::set<std::string_view>(roles.begin(), roles.end()).size() != roles.size())
    refuse("a role is given twice");
}

void check_phone(std::string_view phone) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (phone.size() < 8 || phone.size() > 16 || phone[0] != '+' || phone[1] == '0' ||
      !std::ranges::all_of(phone.substr(1), digit)) {
    throw Error(Code::kUsage, "user.phone", "a phone number is + and 7 to 15 digits",
                "such as +966500000000");
  }
}

void check_password(const SecretString& password) {
  const auto length = utf8_length(password.reveal());
  const auto invalid = [](const std::string& what) {
    throw Error(Code::kUsage, "password.invalid", what);
  };
  if (!length) invalid("a password has to be UTF-8");
  if (password.reveal().find('\0') != std::string_view::npos)
    invalid("a password cannot hold a NUL");
  if (*length > kPasswordMax) {
    invalid(fmt::format("a password has at most {} characters", kPasswordMax));
  }
  if (*length < kPasswordMin) {
    throw Error(Code::kPolicy, "password.weak",
                fmt::format("a password needs at least {} characters", kPasswordMin));
  }
}

UserRef parse_user_ref(std::string_view text) {
  if (is_uuid(text)) return {{}, std::string(text)};
  if (auto email = parse_email(text)) return {*std::move(email), {}};
  // Not echoed: it may be a token or a password that went astray.
  throw Error(Code::kUsage, "user.reference", "a user is named by email or by PublicID");
}

}  // namespace tokctl
