// The verbs of a grant through which tokens come in and go out.
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <memory>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/oauth_grant.h"
#include "cli/schema.h"
#include "cli/terminal.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

constexpr std::size_t kResponseMax = std::size_t{64} << 10;  // bytes

int save(Context& context, const GrantOptions& options) {
  static const Schema kSchema = with(grant_schema(), {{.name = "changed"}, {.name = "dry_run"}});
  Writer out(context, kSchema, Format::kTable);
  check_grant_ref(options.ref());
  if (::isatty(STDIN_FILENO) != 0) {
    throw Error(Code::kUsage, "oauth.response", "a token response is read from standard input",
                "pipe it in: tokctl oauth save ACCOUNT --provider NAME < response.json");
  }
  const SecretString text = read_all(STDIN_FILENO, kResponseMax);
  if (text.size() > kResponseMax) {
    throw Error(Code::kUsage, "oauth.response", "the token response is too long");
  }
  const auto grant = context.tokctl().oauth().grants().save(options.ref(), GrantKind::kSaved,
                                                            oauth::parse_saved_response(text));
  context.committed(true, fmt::format("grant {} was saved", grant.id));
  out.object(with(grant_row(grant), {true, context.dry_run()}));
  return 0;
}

struct FreshOptions {
  GrantOptions grant;
  std::optional<std::string> min_valid;
  bool strict = false;
};

void add_fresh_options(Command& command, FreshOptions& options) {
  add_grant_options(command, options.grant);
  command
      .text("--min-valid", "DURATION", options.min_valid,
            "How long it has to be good for at least (5m)")
      .flag("--strict", options.strict,
            "Fail when the provider is down, rather than give one valid for less");
}

oauth::AccessToken fresh_token(Context& context, const FreshOptions& options) {
  // A refresh that has begun is finished: its answer may be the only refresh token there is.
  const Interruptible interruptible;
  auto token = context.tokctl().oauth().grants().get(
      options.grant.ref(),
      {.min_valid = min_valid_of(options.min_valid), .strict = options.strict});
  Interruptible::check();
  if (!token.warning.empty()) context.note(token.warning);
  return token;
}

struct GetOptions {
  FreshOptions fresh;
  bool header = false;
};

int get(Context& context, const GetOptions& options) {
  static const Schema kToken{.id = "id",
                             .raw = "access_token",
                             .columns = {{.name = "id"},
                                         {.name = "account"},
                                         {.name = "provider"},
                                         {.name = "label"},
                                         {.name = "access_token"},
                                         {.name = "token_type"},
                                         {.name = "scope"},
                                         {.name = "expires_at", .is_time = true},
                                         {.name = "warning"}}};
  static const Schema kHeader = [] {
    Schema schema = kToken;
    schema.raw = "header";
    schema.columns[4].name = "header";
    return schema;
  }();
  Writer out(context, options.header ? kHeader : kToken, Format::kRaw);
  oauth::AccessToken token = fresh_token(context, options.fresh);
  if (options.header) token.token = oauth::authorization_header(token.token);
  const OAuthGrant& grant = token.grant;
  out.object({grant.id, grant.ref.account, grant.ref.provider, present(grant.ref.label),
              &token.token, std::string("Bearer"), present(grant.scope), to_value(grant.expires_at),
              present(token.warning)});
  return 0;
}

struct ExecOptions {
  FreshOptions fresh;
  std::optional<std::string> env;
  std::optional<std::int64_t> fd;
  std::vector<std::string> command;
};

void check_variable(const std::string& name) {
  const bool fine =
      name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") ==
          std::string::npos &&
      (name.front() < '0' || name.front() > '9');
  if (!fine) throw Error(Code::kUsage, "usage.value", "--env takes the name of a variable");
}

// A pipe that holds the token, to be read at `fd` after the exec.
void put_at(int fd, const SecretString& token) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw Error(Code::kUnavailable, "exec.pipe", "no pipe can be made");
  }
  // A token is shorter than the least that a pipe holds, so nobody has to read yet.
  const std::string_view text = token.reveal();
  const bool whole =
      ::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::write(ends[1], "\n", 1) == 1;
  if (ends[1] != fd) ::close(ends[1]);
  // dup2 to itself would keep close-on-exec.
  const bool placed = ends[0] == fd ? ::fcntl(fd, F_SETFD, 0) == 0 : ::dup2(ends[0], fd) == fd;
  if (!whole || !placed) {
    throw Error(Code::kUnavailable, "exec.pipe", fmt::format("descriptor {} cannot be used", fd));
  }
}

int exec(Context& context, const ExecOptions& options) {
  if (options.env.has_value() == options.fd.has_value()) {
    throw Error(Code::kUsage, "usage.option_missing", "give either --env NAME or --fd N",
                "tokctl oauth exec --help");
  }
  if (options.env) check_variable(*options.env);
  const oauth::AccessToken token = fresh_token(context, options.fresh);
  if (options.env) {
    ::setenv(options.env->c_str(), std::string(token.token.reveal()).c_str(), 1);
  } else {
    put_at(static_cast<int>(*options.fd), token.token);
  }
  std::vector<char*> words;
  words.reserve(options.command.size() + 1);
  for (const std::string& word : options.command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  context.inherited().give_back();
  ::execvp(words.front(), words.data());
  throw Error(Code::kUsage, "exec.failed",
              fmt::format("{} cannot be run", printable(options.command.front())));
}

}  // namespace

void add_oauth_save(Command& command) {
  auto options = std::make_shared<GrantOptions>();
  add_grant_options(command, *options);
  command.mutation()
      .describe(
          "Reads a token response, the JSON that a token endpoint answers with, from standard\n"
          "input. Replaces what was kept under the same name.")
      .example("  tokctl oauth save alice --provider salla < response.json")
      .run([options](Context& context) { return save(context, *options); });
}

void add_oauth_get(Command& command) {
  auto options = std::make_shared<GetOptions>();
  add_fresh_options(command, options->fresh);
  command.flag("--header", options->header, "A whole Authorization header instead")
      .recorded()
      .describe(
          "Refreshes it first when it is about to expire: once, however many ask. While the\n"
          "provider is down, a token that is still valid is printed, with a warning.")
      .example(
          "  tokctl oauth get alice --provider salla --min-valid 5m -o raw\n"
          "  tokctl oauth get alice --provider github --header |\n"
          "      curl -H @- https://api.github.com/user")
      .run([options](Context& context) { return get(context, *options); });
}

void add_oauth_exec(Command& command) {
  auto options = std::make_shared<ExecOptions>();
  add_fresh_options(command, options->fresh);
  command.text("--env", "NAME", options->env, "Put the token in this environment variable")
      .number("--fd", "N", 0, 1023, options->fd, "Let the token be read from this descriptor")
      .rest("COMMAND", options->command, "What to run, with its arguments, after --")
      .recorded()
      .describe(
          "The command takes the place of tokctl, so its exit status is the answer. Other "
          "processes\n"
          "of the same user can read its environment; a descriptor is safer.")
      .example(
          "  tokctl oauth exec alice --provider github --env ACCESS_TOKEN -- ./sync.sh\n"
          "  tokctl oauth exec alice --provider github --fd 3 -- ./sync.sh")
      .run([options](Context& context) { return exec(context, *options); });
}

}  // namespace tokctl::cli
