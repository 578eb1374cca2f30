#include "auth/cache.h"

#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/context.h"
#include "cli/nouns.h"
#include "cli/progress.h"
#include "cli/token.h"
#include "cli/writer.h"
#include "model/user.h"

namespace tokctl::cli {
namespace {

constexpr std::int64_t kWarmUnasked = 10'000;
constexpr std::int64_t kWarmMost = 1'000'000;

template <typename Number>
Value count(const std::optional<Number>& number) {
  return number ? Value(static_cast<std::int64_t>(*number)) : Value(std::monostate());
}

int status(Context& context) {
  static const Schema kSchema{.id = "level",
                              .raw = "level",
                              .columns = {{.name = "level"},
                                          {.name = "state"},
                                          {.name = "latency_us"},
                                          {.name = "entries"},
                                          {.name = "memory_bytes"},
                                          {.name = "hits"},
                                          {.name = "misses"},
                                          {.name = "url", .in_table = false},
                                          {.name = "problem"}}};
  Writer out(context, kSchema, Format::kTable);
  ProgressBar bar(context, "keys");
  const auto levels =
      auth::cache_status(context.config(), context.clock(), context.random(), bar.progress());
  bar.clear();
  std::string down;
  for (const auto& level : levels) {
    if (level.state == auth::CacheLevel::State::kDown)
      down += (down.empty() ? "" : " and ") + level.name;
    std::optional<std::int64_t> latency;
    if (level.latency) latency = level.latency->count();
    out.row({level.name, to_value(auth::to_text(level.state)), count(latency), count(level.entries),
             count(level.bytes), count(level.hits), count(level.misses), present(level.where),
             present(level.problem)});
  }
  out.end();
  if (down.empty()) return 0;
  context.out().flush();
  throw Error(Code::kUnavailable, "cache.down", fmt::format("not all is up: {}", down));
}

void add_status(Command& command) {
  command
      .describe(
          "Each level in the order in which it is asked. Exits with 7 when one is down.\n"
          "What is counted is that of all processes that share the Redis.")
      .example("  tokctl cache status -o json | jq -r '.data[] | select(.state==\"down\").level'")
      .run(status);
}

int warm(Context& context, const std::optional<std::int64_t>& limit) {
  static const Schema kSchema{
      .id = "tokens",
      .raw = "tokens",
      .columns = {{.name = "tokens"}, {.name = "keys"}, {.name = "changed"}, {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  ProgressBar bar(context, "tokens");
  const auth::Warmed warmed = context.tokctl().cache().warm(
      static_cast<std::size_t>(limit.value_or(kWarmUnasked)), bar.progress());
  bar.clear();
  const bool any = warmed.tokens + warmed.keys > 0;
  context.committed(any,
                    fmt::format("{} tokens and {} keys are in Redis", warmed.tokens, warmed.keys));
  out.object({warmed.tokens, warmed.keys, any, context.dry_run()});
  return 0;
}

void add_warm(Command& command) {
  auto limit = std::make_shared<std::optional<std::int64_t>>();
  command
      .number("--limit", "N", 1, kWarmMost, *limit, "How many tokens at most; 10000 unless given")
      .mutation()
      .describe(
          "Puts the keys that verify JWTs and the API tokens that were used last into Redis,\n"
          "before anybody asks.")
      .example("  tokctl cache warm --limit 50000 --redis unix:///run/redis/redis.sock")
      .run([limit](Context& context) { return warm(context, *limit); });
}

struct FlushOptions {
  std::optional<std::string> user;
  std::optional<std::string> type;
  std::optional<std::string> pattern;
};

int flush(Context& context, const FlushOptions& options) {
  static const Schema kSchema{.id = "removed",
                              .raw = "removed",
                              .columns = {{.name = "public_id"},
                                          {.name = "token_type"},
                                          {.name = "pattern"},
                                          {.name = "removed"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  if (options.user.has_value() + options.type.has_value() + options.pattern.has_value() > 1) {
    throw Error(Code::kUsage, "usage.options", "give one of --user, --type and --pattern",
                "tokctl cache flush --help");
  }
  auth::FlushQuery query{.type = token_type(options.type), .pattern = options.pattern.value_or("")};
  if (options.user) query.user = parse_user_ref(*options.user);
  ProgressBar bar(context, "keys");
  const auth::Flushed flushed = context.tokctl().cache().flush(query, bar.progress());
  bar.clear();
  context.committed(true, fmt::format("{} keys were removed from Redis", flushed.removed));
  if (!flushed.problem.empty())
    context.note(flushed.problem + ": what is in it counts no longer all the same");
  out.object(
      {present(flushed.public_id), present(options.type.value_or("")), present(query.pattern),
       flushed.redis ? Value(flushed.removed) : Value(std::monostate()), true, context.dry_run()});
  return 0;
}

void add_flush(Command& command) {
  auto options = std::make_shared<FlushOptions>();
  command.text("--user", "USER", options->user, "Only this user's tokens, by email or PublicID")
      .choice("--type", kTokenTypes, options->type, "Only tokens of this type")
      .text("--pattern", "GLOB", options->pattern, "Only keys in Redis that match this")
      .mutation()
      .describe(
          "Every process asks the database anew. Nothing is lost but time, so it does not ask.\n"
          "By type or pattern, processes forget all that they remember.")
      .example(
          "  tokctl cache flush --user bill@ardanlabs.com\n"
          "  tokctl cache flush --pattern 'token:*'")
      .run([options](Context& context) { return flush(context, *options); });
}

}  // namespace

void add_cache(Command& cache) {
  cache.example("  tokctl cache status")
      .verb("status", "Show how each level is", add_status)
      .verb("warm", "Fill Redis before it is asked", add_warm)
      .verb("flush", "Have everybody forget", add_flush);
}

}  // namespace tokctl::cli
