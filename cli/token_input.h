// A token named by itself: on standard input, never in argv.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "cli/context.h"
#include "model/token_info.h"

namespace tokctl::cli {

// The longest credential of any kind (a JWT), with an Authorization header's name around it. What
// is longer is read no further: it is not a token.
inline constexpr std::size_t kTokenInputMax = std::size_t{9} << 10;

// Whether the argument says standard input: `-`, or nothing at all.
bool is_token_input(const std::optional<std::string>& argument);

// All of standard input but one newline at its end; a person is asked without echo.
SecretString read_token(Context& context);

// Throws Error(kUsage) unless `text` is a token's public id. It may be a token, so it is not
// repeated.
void check_token_id(std::string_view text);

// The token that a command names, by its public id or by itself. Throws Error(kNotFound), or
// Error(kCredential, "token.invalid") for a text that is no token of this database.
TokenInfo named_token(Context& context, const std::optional<std::string>& argument);
// The same for a token that was read already.
TokenInfo identify_token(Context& context, const SecretString& text);
// Throws Error(kNotFound, "token.not_found") when it is of another type than the one asked for.
void check_token_type(const TokenInfo& token, std::optional<TokenType> type);

// The message for a credential in argv, where every user of the machine can read it.
[[noreturn]] void throw_secret_in_argv(const std::string& command);

}  // namespace tokctl::cli
