// UTF-8, as far as names, e-mail addresses and messages need it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tokctl {

// The number of code points, or nothing when `text` is not well-formed UTF-8 (RFC 3629: no overlong
// forms, no surrogates, nothing above U+10FFFF).
std::optional<std::size_t> utf8_length(std::string_view text);

// Takes the first code point off a text that is not empty. Nothing when it is malformed; then one
// byte is gone.
std::optional<char32_t> take_code_point(std::string_view& text);

// Of a code point that take_code_point may give.
void append_code_point(std::string& text, char32_t code);

// Whether `text` holds a control character: C0, DEL or C1 (U+0080 to U+009F).
bool has_control(std::string_view text);

// Unicode's White_Space property.
bool is_white_space(char32_t code);

// `text` fit for one line of a terminal: controls and malformed bytes as \xNN, bidirectional
// overrides and line separators as \u{NNNN}, a backslash doubled. Nothing an attacker named can
// move the cursor or forge a line.
std::string printable(std::string_view text);

// A-Z lowercased, everything else untouched: the one folding that cannot change with a locale or a
// Unicode version.
std::string ascii_lower(std::string_view text);

// How many terminal cells `text` takes (East Asian wide and emoji two, combining marks none, a
// malformed byte one). Covers the scripts that names are written in; it need not agree with every
// terminal on every emoji.
std::size_t display_width(std::string_view text);

// RFC 9110 §5.6.2: what the name of a header or a cookie is made of.
bool is_http_token(std::string_view text);

}  // namespace tokctl
