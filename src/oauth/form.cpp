#include "oauth/form.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/utf8.h"

namespace tokctl::oauth {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::optional<std::string> decode(std::string_view text) {
  // As large as it may become: what grows leaves halves of a secret behind.
  std::string plain(text.size(), '\0');
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char& to = plain[size++];
    if (text[i] == '+') {
      to = ' ';
    } else if (text[i] != '%') {
      to = text[i];
    } else {
      const auto byte = hex_decode(ascii_lower(text.substr(i + 1, 2)));
      if (!byte || byte->size() != 1) return std::nullopt;
      to = static_cast<char>(byte->front());
      i += 2;
    }
  }
  plain.resize(size);
  if (!utf8_length(plain) || plain.find('\0') != std::string::npos) return std::nullopt;
  return plain;
}

}  // namespace

SecretString percent_encode(std::string_view text) {
  std::size_t size = 0;
  for (const char c : text) size += is_unreserved(c) ? 1 : 3;
  SecretString encoded = SecretString::of_size(size);
  auto to = encoded.fill().begin();
  for (const char c : text) {
    if (is_unreserved(c)) {
      *to++ = c;
      continue;
    }
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    *to++ = '%';
    *to++ = kDigits[byte >> 4U];
    *to++ = kDigits[byte & 15U];
  }
  return encoded;
}

Form& Form::add(std::string_view name, std::string_view value) {
  if (!pieces_.empty()) pieces_.emplace_back("&");
  pieces_.push_back(percent_encode(name));
  pieces_.emplace_back("=");
  pieces_.push_back(percent_encode(value));
  return *this;
}

SecretString Form::text() const {
  std::size_t size = 0;
  for (const SecretString& piece : pieces_) size += piece.size();
  SecretString whole = SecretString::of_size(size);
  auto to = whole.fill().begin();
  for (const SecretString& piece : pieces_) to = std::ranges::copy(piece.reveal(), to).out;
  return whole;
}

std::string with_query(std::string_view url, const Form& form) {
  std::string whole(url);
  whole += url.find('?') == std::string_view::npos ? '?' : '&';
  whole += form.text().reveal();
  return whole;
}

std::optional<std::map<std::string, std::string>> parse_form(std::string_view text) {
  std::map<std::string, std::string> fields;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view field = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (field.empty()) continue;
    const auto equals = std::min(field.find('='), field.size());
    auto name = decode(field.substr(0, equals));
    auto value = decode(field.substr(std::min(equals + 1, field.size())));
    if (!name || !value || !fields.emplace(std::move(*name), std::move(*value)).second) {
      return std::nullopt;
    }
  }
  return fields;
}

}  // namespace tokctl::oauth
