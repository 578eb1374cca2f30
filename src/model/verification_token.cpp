#include "model/verification_token.h"

#include <algorithm>
#include <stdexcept>

#include "base/names.h"

namespace tokctl {
namespace {

constexpr auto kPurposeNames =
    names_of<Purpose>("email_verification", "phone_verification", "password_reset",
                      "two_factor_auth", "account_deactivation");

}  // namespace

std::string_view to_text(Purpose purpose) { return kPurposeNames[purpose]; }
std::optional<Purpose> purpose_from(std::string_view text) { return kPurposeNames.find(text); }

SecretString make_code(std::size_t digits, Random& random) {
  if (digits < kCodeMin || digits > kCodeMax) throw std::invalid_argument("make_code: digits");
  SecretString code = SecretString::of_size(digits);
  for (char& digit : code.fill()) {
    std::uint8_t byte = 0;
    do {
      random.fill({&byte, 1});
    } while (byte >= 250);  // else the digits 0 to 5 would come more often
    digit = static_cast<char>('0' + byte % 10);
  }
  return code;
}

bool is_code(std::string_view text) {
  return text.size() >= kCodeMin && text.size() <= kCodeMax &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace tokctl
