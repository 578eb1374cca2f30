// What parses as a web token is, to the letter, what would be written for the same session and
// token.
#include "base/uuid.h"
#include "model/web_token.h"
#include "require.h"

using namespace tokctl;

namespace {

void parse(std::string_view text) {
  const auto parsed = parse_web_token(text);
  if (!parsed) return;
  fuzz::require(is_uuid(parsed->session_id));
  fuzz::require(format_web_token(parsed->session_id, parsed->token).reveal() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  parse(text);
  parse(base64_encode(as_bytes(text)));  // straight to what lies under the outer base64

  // A good token with the input written over a part of it.
  if (size > 0) {
    std::string token(format_web_token("3f2504e0-4f89-41d3-9a0c-0305e82c3301", {}).reveal());
    token.replace(data[0] % token.size(), size - 1, text.substr(1));
    parse(token);
  }
  return 0;
}
