// What parses as claims says the same after being written and read again, and nothing is passed
// over; headers and parts never fall over, and parts are decoded as base64url is.
#include "auth/jws.h"
#include "model/jwt.h"
#include "require.h"

using namespace tokctl;

namespace {

void parse(std::string_view text) {
  fuzz::require(decode_jws_part(text) == base64url_decode(text));
  if (const auto parts = split_jws(text)) {
    fuzz::require(std::string(parts->signed_text) + "." + std::string(parts->signature) == text);
    auth::kid_of(parts->header);
  }
  if (const auto header = parse_jose_header(text)) {
    const auto again = parse_jose_header(format_jose_header(header->alg, header->kid));
    fuzz::require(again && again->alg == header->alg && again->kid == header->kid);
    fuzz::require(text.find('\0') == std::string_view::npos);
  }
  if (const auto claims = parse_jwt_claims(text)) {
    const std::string written = format_jwt_claims(*claims);
    const auto again = parse_jwt_claims(written);
    fuzz::require(again && format_jwt_claims(*again) == written);
    fuzz::require(text.find('\0') == std::string_view::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  parse(fuzz::text_of(data, size));
  return 0;
}
