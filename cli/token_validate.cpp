#include <fmt/core.h>
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "auth/jws.h"
#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "cli/context.h"
#include "cli/input.h"
#include "cli/message.h"
#include "cli/schema.h"
#include "cli/token.h"
#include "cli/token_input.h"
#include "cli/writer.h"
#include "model/api_token.h"
#include "model/user.h"

namespace tokctl::cli {
namespace {

// Tokens judged in one go: enough that a database transaction costs nothing, few enough to hold.
constexpr std::size_t kBatch = 256;

struct ValidateOptions {
  std::optional<std::string> input;
  bool batch = false;
  bool header = false;
  bool explain = false;
  bool stats = false;
  std::vector<std::string> scopes;
  std::vector<std::string> roles;
  std::optional<std::string> audience;
  bool consume = false;
  bool dry_run = false;
  std::optional<std::string> purpose;
  std::optional<std::string> user;
  bool offline = false;
  std::optional<std::string> jwks;

  auth::Required required() const {
    return {.scopes = scopes, .roles = roles, .audience = audience.value_or("")};
  }
};

constexpr std::size_t kJwksMax = 256U << 10;

// Whatever the reason, the same words: what a caller may know is that it was refused.
[[noreturn]] void throw_refused() {
  throw Error(Code::kCredential, "token.refused", "the credential was refused");
}

int answer(Context& context, Writer& out, const Verdict& verdict, bool offline = false) {
  const bool json = out.format() == Format::kJson || out.format() == Format::kJsonl;
  if (valid(verdict) != nullptr || json) out.object(verdict_row(verdict, offline));
  if (valid(verdict) == nullptr) {
    context.out().flush();
    throw_refused();
  }
  return 0;
}

int validate_one(Context& context, const ValidateOptions& options) {
  Writer out(context, principal_schema(), Format::kTable);
  const SecretString input = read_token(context);
  auth::Tokens& tokens = context.tokctl().tokens();
  return answer(context, out,
                options.header ? tokens.validate_header(input.reveal(), options.required())
                               : tokens.validate(input.reveal(), options.required()));
}

// For one purpose: a verification token, or a short code of a user's.
int validate_for_purpose(Context& context, const ValidateOptions& options) {
  Writer out(context, principal_schema(), Format::kTable);
  auth::Verification request{.purpose = purpose_of(*options.purpose), .consume = options.consume};
  if (options.user) request.user = parse_user_ref(*options.user);
  // A code's tries are counted even when it is only looked at.
  context.set_manner(true, options.dry_run);
  const SecretString input = read_token(context);
  request.text = input.reveal();
  const Verdict verdict = context.tokctl().tokens().verify(request);
  if (const Principal* principal = valid(verdict))
    context.committed(options.consume, fmt::format("token {} was consumed", principal->id));
  return answer(context, out, verdict);
}

// By the signature alone, with keys from a file: no database is opened.
int validate_offline(Context& context, const ValidateOptions& options) {
  Writer out(context, principal_schema(), Format::kTable);
  const auto file = read_file(*options.jwks, kJwksMax);
  if (!file) {
    throw Error(Code::kUsage, "input.missing",
                fmt::format("{} does not exist", printable(*options.jwks)));
  }
  const auth::KeySet keys(file->text.reveal(), context.random());
  const SecretString input = read_token(context);
  const Verdict verdict =
      auth::validate_offline(keys, input.reveal(), context.loaded().config.policy.jwt_issuer,
                             context.clock().now(), options.required());
  if (valid(verdict) != nullptr)
    context.note("by the signature alone: whether its session lives, only the database knows");
  return answer(context, out, verdict, true);
}

std::vector<Verdict> judge(auth::Tokens& tokens, const std::vector<std::string_view>& texts,
                           const ValidateOptions& options) {
  if (!options.header) return tokens.validate_all(texts, options.required());
  std::vector<Verdict> verdicts;
  verdicts.reserve(texts.size());
  for (const std::string_view text : texts)
    verdicts.push_back(tokens.validate_header(text, options.required()));
  return verdicts;
}

// Upkeep's trouble is told once until it changes, not four times a second.
auth::Upkeep::OnError telling(Context& context) {
  return [&context, last = std::string()](const std::exception& error) mutable {
    if (std::exchange(last, error.what()) != error.what()) context.note(error.what());
  };
}

void say_stats(const auth::CacheStats& stats) {
  say(fmt::format("map hits    {}\nredis hits  {}\ndatabase    {}\nentries     {}\n",
                  stats.map_hits, stats.redis_hits, stats.database, stats.entries));
}

int validate_batch(Context& context, const ValidateOptions& options) {
  Writer out(context, principal_schema(), Format::kJsonl);
  LineReader lines(STDIN_FILENO, kTokenInputMax);
  auth::Tokens& tokens = context.tokctl().tokens();
  context.tokctl().upkeep().start_caching(telling(context));
  // Held together in one block, which is wiped, so that a batch costs no allocation for each line.
  SecretString held = SecretString::of_size(kBatch * (kTokenInputMax + 1));
  std::vector<std::string_view> texts;
  for (auto line = lines.next(); line;) {
    texts.clear();
    std::size_t used = 0;
    while (line) {
      line->copy(held.fill().data() + used, line->size());
      texts.push_back(held.reveal().substr(used, line->size()));
      used += line->size();
      line.reset();
      if (texts.size() == kBatch || !lines.ready()) break;
      line = lines.next();
    }
    for (const Verdict& verdict : judge(tokens, texts, options)) out.row(verdict_row(verdict));
    // Whoever feeds one line and waits for its answer gets it.
    if (!lines.ready()) context.out().flush();
    line = lines.next();
  }
  out.end();
  context.tokctl().upkeep().stop();
  if (options.stats) say_stats(tokens.cache_stats());
  return 0;
}

int explain(Context& context, const ValidateOptions& options) {
  Writer out(context, check_schema(), Format::kTable);
  const SecretString input = read_token(context);
  const auth::Explanation explanation =
      context.tokctl().tokens().explain(input.reveal(), options.required());
  for (const Check& check : explanation.checks) out.row(check_row(check));
  out.end();
  if (valid(explanation.verdict) == nullptr) {
    context.out().flush();
    throw_refused();
  }
  return 0;
}

int validate(Context& context, const ValidateOptions& options) {
  if (!is_token_input(options.input)) throw_secret_in_argv("tokctl token validate");
  check_scopes(options.scopes);
  check_roles(options.roles);
  if (options.stats && !options.batch) {
    throw Error(Code::kUsage, "usage.options", "--stats goes with --batch",
                "tokctl token validate --help");
  }
  if (options.explain && (options.batch || options.header)) {
    throw Error(Code::kUsage, "usage.options",
                "--explain takes one token, without --batch or --header",
                "tokctl token validate --help");
  }
  const bool several = options.batch || options.header || options.explain;
  if (options.offline != options.jwks.has_value() || (options.offline && several)) {
    throw Error(Code::kUsage, "usage.options",
                "--offline takes one token and the keys of --jwks FILE",
                "tokctl token validate --help");
  }
  if (options.purpose && (several || options.offline)) {
    throw Error(Code::kUsage, "usage.options", "--purpose takes one token",
                "tokctl token validate --help");
  }
  if (!options.purpose && (options.consume || options.user || options.dry_run)) {
    throw Error(Code::kUsage, "usage.options", "--consume, --user and --dry-run go with --purpose",
                "tokctl token validate --help");
  }
  if (options.purpose) return validate_for_purpose(context, options);
  if (options.offline) return validate_offline(context, options);
  if (options.explain) return explain(context, options);
  return options.batch ? validate_batch(context, options) : validate_one(context, options);
}

}  // namespace

void add_token_validate(Command& command) {
  auto options = std::make_shared<ValidateOptions>();
  command
      .optional_argument("INPUT", options->input,
                         "- for standard input, where the token is read anyway")
      .flag("--batch", options->batch, "One token a line, one answer a line")
      .flag("--stats", options->stats, "With --batch, say at the end who answered how often")
      .flag("--header", options->header, "The input is an Authorization header or its value")
      .texts("--scope", "SCOPE", options->scopes,
             "What it must be good for; may be repeated, then for all of them")
      .texts("--role", "ROLE", options->roles,
             "What it must say the user is; may be repeated, then all of them")
      .text("--audience", "NAME", options->audience, "Whom a JWT must be for")
      .text("--purpose", "PURPOSE", options->purpose, "What a verification must be for")
      .flag("--consume", options->consume, "With --purpose, spend it: it is good once")
      .text("--user", "USER", options->user, "With --purpose, whose it must be; codes need it")
      .flag("--dry-run", options->dry_run, "With --purpose, do everything but keep it")
      .flag("--offline", options->offline, "Judge a JWT by its signature alone")
      .text("--jwks", "FILE", options->jwks, "With --offline, the keys: a JWK Set")
      .flag("--explain", options->explain, "Show every check, in order")
      .describe(
          "Exits with 4 when the token is refused; with --batch, with 0 whatever the verdicts.")
      .example(
          "  printf '%s\\n' \"$TOKEN\" | tokctl token validate - -o json\n"
          "  tokctl token validate --batch -o jsonl < tokens.txt\n"
          "  printf '%s\\n' \"$CODE\" | tokctl token validate - --consume --purpose password_reset")
      .run([options](Context& context) { return validate(context, *options); });
}

}  // namespace tokctl::cli
