// JSON that was read from the database, and that its writer may have made up: it is refused, or
// says the same when it is written again.
#include <string>

#include "auth/jwt_tokens.h"
#include "base/error.h"
#include "fuzz/require.h"
#include "model/oauth.h"

using namespace tokctl;

namespace {

template <typename Read, typename Write>
void read_again(std::string_view text, const Read& read, const Write& write) {
  std::string written;
  try {
    written = write(read(text));
  } catch (const Error& error) {
    fuzz::require(error.code() == Code::kIntegrity);
    return;
  }
  fuzz::require(write(read(written)) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  read_again(text, auth::parse_terms, auth::format_terms);
  read_again(text, parse_oauth_params, format_oauth_params);
  return 0;
}
