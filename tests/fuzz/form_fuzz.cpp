// What is taken for a form comes back the same when it is written again, holds no NUL and no broken
// UTF-8; the line of a browser that comes back from a provider is read the same way.
#include <string>

#include "base/utf8.h"
#include "fuzz/require.h"
#include "oauth/form.h"
#include "oauth/loopback.h"

using namespace tokctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto fields = oauth::parse_form(text)) {
    oauth::Form form;
    for (const auto& [name, value] : *fields) {
      fuzz::require(utf8_length(name) && utf8_length(value));
      fuzz::require((name + value).find('\0') == std::string::npos);
      form.add(name, value);
    }
    fuzz::require(oauth::parse_form(form.text().reveal()) == fields);
  }
  if (const auto query = oauth::callback_query(text)) {
    fuzz::require(
        text.starts_with(std::string("GET ") + std::string(oauth::Loopback::kPath) + '?'));
    fuzz::require(query->find("\r\n") == std::string_view::npos);
  }
  return 0;
}
