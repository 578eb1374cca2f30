// Whatever the bytes are, what is shown of them is one well-formed line.
#include "base/utf8.h"
#include "require.h"

using namespace tokctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fuzz::require;
  const std::string_view text = fuzz::text_of(data, size);

  const std::string shown = printable(text);
  require(utf8_length(shown).has_value());
  require(!has_control(shown));
  // Printing it again changes its backslashes only, so nothing escaped is left unescaped.
  std::string doubled;
  for (const char c : shown) doubled.append(c == '\\' ? 2 : 1, c);
  require(printable(shown) == doubled);

  std::size_t taken = 0;
  bool well_formed = true;
  for (std::string_view rest = text; !rest.empty(); ++taken) {
    const std::size_t before = rest.size();
    well_formed = take_code_point(rest).has_value() && well_formed;
    require(rest.size() < before);
  }
  require(utf8_length(text).has_value() == well_formed);
  if (well_formed) require(utf8_length(text) == taken);
  require(display_width(text) <= 2 * taken);

  const std::string lower = ascii_lower(text);
  require(lower.size() == size && ascii_lower(lower) == lower);
  require(utf8_length(lower) == utf8_length(text));
  return 0;
}
