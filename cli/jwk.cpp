#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "cli/input.h"
#include "cli/nouns.h"
#include "cli/schema.h"
#include "cli/token.h"
#include "cli/writer.h"
#include "crypto/jws_algorithm.h"

namespace tokctl::cli {
namespace {

constexpr std::size_t kKeyFileMax = 64U << 10;

const Schema& change_schema() {
  static const Schema kSchema =
      with(jwk_schema(), {{.name = "replaced"}, {.name = "changed"}, {.name = "dry_run"}});
  return kSchema;
}

std::optional<crypto::JwsAlgorithm> algorithm_of(const std::optional<std::string>& name) {
  return name ? crypto::jws_algorithm_from(*name) : std::nullopt;
}

struct JwkOptions {
  std::optional<std::string> kid;
  std::optional<std::string> algorithm;
  std::optional<std::string> file;
  bool retired = false;
  bool verify_only = false;
};
using Options = std::shared_ptr<JwkOptions>;

int create(Context& context, const JwkOptions& options) {
  Writer out(context, change_schema(), Format::kId);
  const auto key = context.tokctl().jwks().create(
      algorithm_of(options.algorithm).value_or(crypto::JwsAlgorithm::kEdDsa));
  context.committed(true, fmt::format("key {} was created", key.kid));
  out.object(with(jwk_row(key), {std::monostate(), true, context.dry_run()}));
  return 0;
}

void add_create(Command& command) {
  const auto options = std::make_shared<JwkOptions>();
  command.choice("--alg", kAlgorithms, options->algorithm, "What it signs with; EdDSA unless given")
      .mutation()
      .describe("Prints the key's id. One key of a type signs at a time.")
      .example("  tokctl jwk create --alg EdDSA")
      .run([options](Context& context) { return create(context, *options); });
}

int list(Context& context, const JwkOptions& options) {
  Writer out(context, jwk_schema(), Format::kTable);
  for (const JwkInfo& key : context.tokctl().jwks().list(options.retired)) out.row(jwk_row(key));
  out.end();
  return 0;
}

void add_list(Command& command) {
  const auto options = std::make_shared<JwkOptions>();
  command.flag("--retired", options->retired, "Also those that are retired")
      .describe("The oldest first.")
      .example("  tokctl jwk list -o json | jq -r '.data[] | select(.state==\"signing\").kid'")
      .run([options](Context& context) { return list(context, *options); });
}

int rotate(Context& context, const JwkOptions& options) {
  Writer out(context, change_schema(), Format::kId);
  const auto rotated =
      context.tokctl().jwks().rotate(options.kid.value_or(""), algorithm_of(options.algorithm));
  context.committed(true, fmt::format("key {} was created", rotated.created.kid));
  out.object(with(jwk_row(rotated.created), {rotated.replaced.kid, true, context.dry_run()}));
  return 0;
}

void add_rotate(Command& command) {
  const auto options = std::make_shared<JwkOptions>();
  command.optional_argument("KID", options->kid, "The key to replace, if several sign")
      .choice("--alg", kAlgorithms, options->algorithm, "What the new one signs with, of one type")
      .mutation()
      .describe(
          "A new key signs from now on. The old one verifies until the last token that it\n"
          "signed has expired; gc then retires it.")
      .example("  tokctl jwk rotate && tokctl jwk export --to jwks.json")
      .run([options](Context& context) { return rotate(context, *options); });
}

int retire(Context& context, const JwkOptions& options) {
  Writer out(context, change_schema(), Format::kTable);
  context.confirm(fmt::format("retire key {}, and with it every token that it signed",
                              printable(*options.kid)));
  auth::Jwks& jwks = context.tokctl().jwks();
  const bool changed = jwks.retire(*options.kid);
  context.committed(changed, fmt::format("key {} was retired", *options.kid));
  for (const JwkInfo& key : jwks.list(true)) {
    if (key.kid == *options.kid)
      out.object(with(jwk_row(key), {std::monostate(), changed, context.dry_run()}));
  }
  return 0;
}

void add_retire(Command& command) {
  const auto options = std::make_shared<JwkOptions>();
  command.argument("KID", options->kid.emplace(), "The key's id")
      .mutation()
      .describe("Its tokens end at once, and the key itself is forgotten. Asks first.")
      .example("  tokctl jwk retire \"$(tokctl jwk list -o id | head -n 1)\" --yes")
      .run([options](Context& context) { return retire(context, *options); });
}

int import(Context& context, const JwkOptions& options) {
  Writer out(context, change_schema(), Format::kId);
  SecretString text;
  if (*options.file == "-") {
    text = read_all(0, kKeyFileMax);
  } else {
    auto file = read_file(*options.file, kKeyFileMax);
    if (!file) {
      throw Error(Code::kUsage, "input.missing",
                  fmt::format("{} does not exist", printable(*options.file)));
    }
    text = std::move(file->text);
  }
  const auto key =
      context.tokctl().jwks().import(text, algorithm_of(options.algorithm), options.verify_only);
  context.committed(true, fmt::format("key {} was imported", key.kid));
  out.object(with(jwk_row(key), {std::monostate(), true, context.dry_run()}));
  return 0;
}

void add_import(Command& command) {
  const auto options = std::make_shared<JwkOptions>();
  command.argument("FILE", options->file.emplace(), "A key as PEM or JWK; - for standard input")
      .choice("--alg", kAlgorithms, options->algorithm,
              "What it is for, if the file does not say or more is possible")
      .flag("--verify-only", options->verify_only, "Do not sign with it")
      .mutation()
      .describe(
          "A private key signs, unless another of its type does; a public one verifies.\n"
          "Prints the key's id.")
      .example("  tokctl jwk import old-signing-key.pem --alg RS256 --verify-only")
      .run([options](Context& context) { return import(context, *options); });
}

int export_set(Context& context, const JwkOptions& options) {
  context.refuse_fields();
  const std::string set = context.tokctl().jwks().export_set() + "\n";
  if (options.file) {
    replace_public_file(*options.file, set);
  } else {
    context.print(set);
  }
  return 0;
}

void add_export(Command& command) {
  const auto options = std::make_shared<JwkOptions>();
  command
      .text("--to", "FILE", options->file,
            "Replace this file, at once and whole, readable by everybody")
      .describe(
          "The public keys that verify, as a JWK Set: RFC 7517, section 5. Never a symmetric one.")
      .example("  tokctl jwk export > jwks.json")
      .run([options](Context& context) { return export_set(context, *options); });
}

}  // namespace

void add_jwk(Command& jwk) {
  jwk.example("  tokctl jwk create --alg EdDSA && tokctl jwk export > jwks.json")
      .verb("create", "Make a key that signs", add_create)
      .verb("list", "List the keys", add_list)
      .verb("rotate", "Put a new key in the place of one that signs", add_rotate)
      .verb("retire", "End a key and its tokens", add_retire)
      .verb("import", "Take in a key from a file", add_import)
      .verb("export", "Print the public keys", add_export);
}

}  // namespace tokctl::cli
