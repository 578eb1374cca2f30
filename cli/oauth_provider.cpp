#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "cli/listing.h"
#include "cli/oauth_grant.h"
#include "cli/schema.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

struct ProviderOptions {
  std::string name;
  std::optional<std::string> preset, client_id, issuer, auth_url, token_url, device_url, revoke_url,
      scope, auth_method;
  std::vector<std::string> params;
  PasswordSource secret{.name = "client-secret"};
};

OAuthParams params_of(const std::vector<std::string>& words) {
  OAuthParams params;
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      throw Error(Code::kUsage, "usage.value", "--param takes NAME=VALUE");
    }
    params.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return params;
}

oauth::ProviderSettings settings_of(Context& context, const ProviderOptions& options) {
  oauth::ProviderSettings settings;
  settings.client_id = options.client_id;
  if (is_given(options.secret)) {
    settings.client_secret = read_password(context, options.secret, Asking::kOnce);
  }
  if (options.auth_method) settings.auth_method = client_auth_from(*options.auth_method);
  settings.issuer = options.issuer;
  // An option cannot be empty.
  const auto url = [](const std::optional<std::string>& text) {
    return text == "none" ? std::optional<std::string>("") : text;
  };
  settings.auth_url = url(options.auth_url);
  settings.token_url = url(options.token_url);
  settings.device_url = url(options.device_url);
  settings.revoke_url = url(options.revoke_url);
  settings.scope = options.scope;
  if (!options.params.empty()) settings.params = params_of(options.params);
  return settings;
}

void add_settings(Command& command, ProviderOptions& options) {
  command.text("--client-id", "ID", options.client_id, "What you are registered as there");
  add_password_options(command, options.secret);
  command
      .choice("--auth-method", "basic|post|none", options.auth_method,
              "How the client proves who it is; none is a public client")
      .text("--issuer", "URL", options.issuer, "Take the endpoints from what this issuer publishes")
      .text("--auth-url", "URL", options.auth_url, "Authorization endpoint, or none")
      .text("--token-url", "URL", options.token_url, "Token endpoint")
      .text("--device-url", "URL", options.device_url, "Device authorization endpoint, or none")
      .text("--revoke-url", "URL", options.revoke_url, "Revocation endpoint, or none")
      .text("--scope", "SCOPE", options.scope, "What to ask for when nothing else is said")
      .texts("--param", "NAME=VALUE", options.params,
             "Sent along when authorization is asked for; may be repeated");
}

const Schema& changed_schema() {
  static const Schema kSchema = with(provider_schema(), {{.name = "changed"}, {.name = "dry_run"}});
  return kSchema;
}

void print(Context& context, Writer& out, const OAuthProvider& provider, bool changed,
           std::string_view done) {
  context.committed(changed, fmt::format("provider {} was {}", provider.name, done));
  out.object(with(provider_row(provider), {changed, context.dry_run()}));
}

int add(Context& context, const ProviderOptions& options) {
  Writer out(context, changed_schema(), Format::kTable);
  const auto settings = settings_of(context, options);
  print(
      context, out,
      context.tokctl().oauth().providers().add(options.name, options.preset.value_or(""), settings),
      true, "added");
  return 0;
}

void add_add(Command& command) {
  auto options = std::make_shared<ProviderOptions>();
  command.argument("NAME", options->name, "What you call it")
      .choice("--preset", "salla|github|google|gitlab|microsoft", options->preset,
              "Begin with what is known of this one; without, NAME tells");
  add_settings(command, *options);
  command.mutation()
      .describe(
          "The client secret comes from registering with the provider; without one the client is\n"
          "public. It is kept sealed and never shown.")
      .example(
          "  printf '%s' \"$SECRET\" | tokctl oauth provider add google --client-id 0a1b2c "
          "--client-secret-stdin")
      .run([options](Context& context) { return add(context, *options); });
}

int get(Context& context, const std::string& name) {
  Writer out(context, provider_schema(), Format::kTable);
  out.object(provider_row(context.tokctl().oauth().providers().get(name)));
  return 0;
}

void add_get(Command& command) {
  auto name = std::make_shared<std::string>();
  command.argument("PROVIDER", *name, "Name")
      .example("  tokctl oauth provider get github")
      .run([name](Context& context) { return get(context, *name); });
}

int list(Context& context, const ListOptions& options) {
  Writer out(context, provider_schema(), Format::kTable);
  return print_list(
      out, options,
      [&](std::size_t limit, const std::string& page) {
        return context.tokctl().oauth().providers().list(limit, page);
      },
      provider_row);
}

void add_list(Command& command) {
  auto options = std::make_shared<ListOptions>();
  add_list_options(command, *options, "", "");
  command.describe("By name.")
      .example("  tokctl oauth provider list -o json")
      .run([options](Context& context) { return list(context, *options); });
}

int update(Context& context, const ProviderOptions& options) {
  Writer out(context, changed_schema(), Format::kTable);
  const auto settings = settings_of(context, options);
  const auto change = context.tokctl().oauth().providers().update(options.name, settings);
  print(context, out, change.provider, change.changed, "updated");
  return 0;
}

void add_update(Command& command) {
  auto options = std::make_shared<ProviderOptions>();
  command.argument("PROVIDER", options->name, "Name");
  add_settings(command, *options);
  command.mutation()
      .describe("What is not given stays. Grants from it stay too.")
      .example("  tokctl oauth provider update github --scope 'repo read:user'")
      .run([options](Context& context) { return update(context, *options); });
}

int remove(Context& context, const std::string& name) {
  Writer out(context, changed_schema(), Format::kTable);
  auto& providers = context.tokctl().oauth().providers();
  providers.get(name);
  context.confirm(fmt::format("remove provider {}", name));
  print(context, out, providers.remove(name), true, "removed");
  return 0;
}

void add_remove(Command& command) {
  auto name = std::make_shared<std::string>();
  command.argument("PROVIDER", *name, "Name")
      .mutation()
      .describe("Asks first. Refused while there are grants from it.")
      .example("  tokctl oauth provider remove gitlab --yes")
      .run([name](Context& context) { return remove(context, *name); });
}

}  // namespace

const Schema& provider_schema() {
  static const Schema kSchema{
      .id = "name",
      .raw = "name",
      .columns = {{.name = "name"},
                  {.name = "client_id"},
                  {.name = "has_secret", .in_table = false},
                  {.name = "auth_method"},
                  {.name = "issuer", .in_table = false},
                  {.name = "auth_url", .in_table = false},
                  {.name = "token_url"},
                  {.name = "device_url", .in_table = false},
                  {.name = "revoke_url", .in_table = false},
                  {.name = "scope"},
                  {.name = "params", .in_table = false},
                  {.name = "created_at", .is_time = true, .in_table = false},
                  {.name = "updated_at", .is_time = true, .in_table = false}}};
  return kSchema;
}

Row provider_row(const OAuthProvider& provider) {
  return {provider.name,
          provider.client_id,
          provider.has_secret(),
          to_value(to_text(provider.auth_method)),
          present(provider.issuer),
          present(provider.auth_url),
          provider.token_url,
          present(provider.device_url),
          present(provider.revoke_url),
          present(provider.scope),
          JsonText{format_oauth_params(provider.params)},
          provider.created_at,
          provider.updated_at};
}

void add_oauth_provider(Command& provider) {
  provider.example("  tokctl oauth provider list")
      .verb("add", "Add a provider", add_add)
      .verb("get", "Show one provider", add_get)
      .verb("list", "List providers", add_list)
      .verb("update", "Change a provider", add_update)
      .verb("remove", "Remove a provider", add_remove);
}

}  // namespace tokctl::cli
