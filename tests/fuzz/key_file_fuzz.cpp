// A key file parses to keys that format and parse to the same, or is refused without a word of its
// content.
#include <string>

#include "base/error.h"
#include "crypto/keyring.h"
#include "require.h"

using namespace tokctl;
using namespace tokctl::crypto;

namespace {

void parse(std::string_view text) {
  try {
    const auto keys = parse_key_file(SecretString(text));
    fuzz::require(!keys.empty());
    const SecretString formatted = format_key_file(keys);
    const auto again = parse_key_file(formatted);
    fuzz::require(again.size() == keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      fuzz::require(again[i].id == keys[i].id && keys[i].id == root_key_id(keys[i].bytes.reveal()));
      fuzz::require(constant_time_equal(again[i].bytes.reveal(), keys[i].bytes.reveal()));
    }
    fuzz::require(format_key_file(again).reveal() == formatted.reveal());
  } catch (const Error& error) {
    fuzz::require(error.id() == "key.malformed");
    fuzz::require(error.message().size() < 80);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  parse(text);

  // The input cut into keys, some of them twice, between lines of its own.
  std::string lines;
  for (std::size_t at = 0; at + kRootKeySize <= size && at < 8 * kRootKeySize; at += kRootKeySize) {
    const std::span<const std::uint8_t> key(data + at, kRootKeySize);
    lines += root_key_id(key) + " " + base64_encode(key) + "\n";
  }
  parse(lines);
  parse(lines + std::string(text));
  return 0;
}
