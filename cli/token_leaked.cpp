#include <unistd.h>

#include <algorithm>
#include <memory>
#include <unordered_set>

#include "base/error.h"
#include "cli/input.h"
#include "cli/schema.h"
#include "cli/token.h"
#include "cli/writer.h"
#include "model/opaque_token.h"

namespace tokctl::cli {
namespace {

constexpr std::size_t kRemembered = 100'000;  // tokens that are not told of again

const Schema& leaked_schema() {
  static const Schema kSchema{.id = "id",
                              .raw = "id",
                              .columns = {{.name = "line"},
                                          {.name = "id"},
                                          {.name = "token_type"},
                                          {.name = "public_id", .in_table = false},
                                          {.name = "username"},
                                          {.name = "token_name"},
                                          {.name = "state"},
                                          {.name = "changed"},
                                          {.name = "dry_run", .in_table = false}}};
  return kSchema;
}

// Looks through standard input for tokens, and tells of each at the line where it is met first.
class Search {
 public:
  Search(Context& context, bool revoke)
      : context_(context),
        revoke_(revoke),
        out_(context, leaked_schema(), Format::kTable),
        scanner_([this](std::string_view token, std::uint64_t offset) { found(token, offset); }) {}

  void run() {
    PieceReader pieces(STDIN_FILENO);
    for (auto piece = pieces.next(); !piece.empty(); piece = pieces.next()) {
      piece_ = piece;
      counted_ = 0;
      scanner_.feed(piece);
      count_lines(piece.size());
      start_ += piece.size();
    }
    out_.end();
  }

 private:
  void found(std::string_view token, std::uint64_t offset) {
    // A token has no line end in it, so the line of its last byte, which is in this piece, is that
    // of its first.
    count_lines(static_cast<std::size_t>(offset + kOpaqueTokenSize - start_));
    auth::Tokens& tokens = context_.tokctl().tokens();
    auto info = tokens.identify(token);
    bool changed = false;
    if (info) {
      if (seen_.contains(info->id)) return;
      if (seen_.size() < kRemembered) seen_.insert(info->id);
      if (revoke_) {
        changed = tokens.revoke_id(info->id).changed;
        context_.committed(changed, "token " + info->id + " was revoked");
        if (changed) info->revoked_at = context_.clock().now();
      }
    }
    print(info, *parse_opaque_token(token), changed);
  }

  void print(const std::optional<TokenInfo>& info, TokenType type, bool changed) {
    if (!info) {
      const Value none = std::monostate();
      out_.row({line_, none, to_value(to_text(type)), none, none, none, to_value("unknown"), false,
                context_.dry_run()});
      return;
    }
    const auto state = info->revoked_at                     ? "revoked"
                       : info->live(context_.clock().now()) ? "live"
                                                            : "expired";
    out_.row({line_, info->id, to_value(to_text(info->type)), info->public_id, info->email,
              present(info->token_name), to_value(state), changed, context_.dry_run()});
  }

  // Counts the line ends of this piece up to `end`.
  void count_lines(std::size_t end) {
    const std::string_view part = piece_.substr(counted_, end - counted_);
    line_ += std::count(part.begin(), part.end(), '\n');
    counted_ = end;
  }

  Context& context_;
  const bool revoke_;
  Writer out_;
  OpaqueTokenScanner scanner_;
  std::unordered_set<std::string> seen_;  // ids
  std::string_view piece_;
  std::uint64_t start_ = 0;  // of the piece in the whole text
  std::size_t counted_ = 0;  // of the piece
  std::int64_t line_ = 1;
};

int leaked(Context& context, bool revoke) {
  if (!revoke) context.never_create();
  Search search(context, revoke);
  if (revoke) context.confirm("end every token that is found");
  context.tokctl();  // what is wrong with the database is told before anything is read
  search.run();
  return 0;
}

}  // namespace

void add_token_leaked(Command& command) {
  auto revoke = std::make_shared<bool>(false);
  command.flag("--revoke", *revoke, "End them; asks first")
      .mutation()
      .describe(
          "Reads any text from standard input. Opaque tokens are told by shape and checksum; one\n"
          "of another database is shown as unknown.")
      .example("  tokctl token leaked < ci.log\n  tokctl token leaked --revoke --yes < ci.log")
      .run([revoke](Context& context) { return leaked(context, *revoke); });
}

}  // namespace tokctl::cli
