// The verbs of a user that deal with passwords and failed logins.
#include <fmt/core.h>
#include <unistd.h>

#include <memory>

#include "base/error.h"
#include "base/time_text.h"
#include "base/uuid.h"
#include "cli/context.h"
#include "cli/input.h"
#include "cli/nouns.h"
#include "cli/schema.h"
#include "cli/secret_input.h"
#include "cli/user_change.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

constexpr std::size_t kTwoLinesMax = 8192;

struct PasswordOptions {
  std::string user;
  PasswordSource password;
  bool with_token = false;
};

// Two lines: the token, or code, and the password.
int passwd_with_token(Context& context, const PasswordOptions& options) {
  Writer out(context, user_change_schema(), Format::kTable);
  if (is_given(options.password)) {
    throw Error(Code::kUsage, "password.sources",
                "--with-token reads the password from standard input, after the token",
                "tokctl user passwd --help");
  }
  const UserRef ref = parse_user_ref(options.user);
  const SecretString input = read_all(STDIN_FILENO, kTwoLinesMax);
  const std::size_t end = input.reveal().find('\n');
  if (end == std::string_view::npos || input.reveal().find('\n', end + 1) != std::string::npos) {
    throw Error(Code::kUsage, "password.lines",
                "--with-token takes two lines: the token, then the password");
  }
  const SecretString token(input.reveal().substr(0, end));
  const SecretString password(input.reveal().substr(end + 1));
  const auto reset = context.tokctl().users().reset_password(ref, token, password);
  if (std::holds_alternative<Refusal>(reset))
    throw Error(Code::kCredential, "token.refused", "the credential was refused");
  print_change(context, out, std::get<auth::UserChange>(reset), "given the new password");
  return 0;
}

int passwd(Context& context, const PasswordOptions& options) {
  Writer out(context, user_change_schema(), Format::kTable);
  if (options.with_token) return passwd_with_token(context, options);
  const UserRef ref = parse_user_ref(options.user);
  const SecretString password = read_password(context, options.password, Asking::kTwice);
  print_change(context, out, context.tokctl().users().set_password(ref, password),
               "given the new password");
  return 0;
}

[[noreturn]] void refuse(const auth::LoginRefusal& refusal) {
  using Kind = auth::LoginRefusal::Kind;
  switch (refusal.kind) {
    case Kind::kDelayed:
      throw Error(Code::kPolicy, "login.delayed", "too many failed logins in a row",
                  fmt::format("try again in {}", format_duration(refusal.retry_after)));
    case Kind::kLocked:
      throw Error(Code::kPolicy, "login.locked",
                  "locked until midnight UTC after too many failed logins",
                  "tokctl user unlock EMAIL");
    case Kind::kWrong:
      break;
  }
  throw Error(Code::kCredential, "login.refused", "wrong email or password");
}

int login(Context& context, const PasswordOptions& options) {
  Writer out(context, user_schema(), Format::kId);
  const SecretString password = read_password(context, options.password, Asking::kOnce);
  auth::Users& users = context.tokctl().users();
  std::string email = options.user;
  if (is_uuid(email)) {
    // An unknown id is judged as it stands: like any unknown email.
    if (const auto user = users.find({.email = {}, .public_id = email})) email = user->email;
  }
  const auth::LoginVerdict verdict = users.login(email, password);
  if (const auto* refusal = std::get_if<auth::LoginRefusal>(&verdict)) {
    refuse(*refusal);
  }
  out.object(user_row(std::get<auth::LoggedIn>(verdict).user));
  return 0;
}

const Schema& unlock_schema() {
  static const Schema kSchema{
      .id = "email",
      .raw = "email",
      .columns = {{.name = "email"}, {.name = "changed"}, {.name = "dry_run"}}};
  return kSchema;
}

int unlock(Context& context, const std::string& user) {
  Writer out(context, unlock_schema(), Format::kTable);
  const UserRef ref = parse_user_ref(user);
  auth::Users& users = context.tokctl().users();
  const std::string email = ref.email.empty() ? users.get(ref).email : ref.email;
  const bool changed = users.unlock(email);
  context.committed(changed, fmt::format("{} was unlocked", email));
  out.object({email, changed, context.dry_run()});
  return 0;
}

}  // namespace

void add_user_passwd(Command& command) {
  auto options = std::make_shared<PasswordOptions>();
  command.argument("USER", options->user, "Email or PublicID");
  add_password_options(command, options->password);
  command
      .flag("--with-token", options->with_token,
            "Only with a verification token for it; reads two lines: token, password")
      .mutation()
      .describe("Ends all sessions of the user. Without an option, asks for the password.")
      .example("  printf '%s' \"$NEW\" | tokctl user passwd bill@ardanlabs.com --password-stdin")
      .run([options](Context& context) { return passwd(context, *options); });
}

void add_user_login(Command& command) {
  auto options = std::make_shared<PasswordOptions>();
  command.argument("USER", options->user, "Email or PublicID");
  add_password_options(command, options->password);
  command.recorded()
      .describe("Prints the PublicID; exits with 4 when refused, with 6 when locked out.")
      .example("  printf '%s' \"$PW\" | tokctl user login bill@ardanlabs.com --password-stdin")
      .run([options](Context& context) { return login(context, *options); });
}

void add_user_unlock(Command& command) {
  auto user = std::make_shared<std::string>();
  command.argument("USER", *user, "Email or PublicID")
      .mutation()
      .describe("The email may log in again at once. It need not be that of a user.")
      .example("  tokctl user unlock bill@ardanlabs.com")
      .run([user](Context& context) { return unlock(context, *user); });
}

}  // namespace tokctl::cli
