#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/context.h"
#include "cli/listing.h"
#include "cli/nouns.h"
#include "cli/schema.h"
#include "cli/secret_input.h"
#include "cli/user_change.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

struct CreateOptions {
  std::string email;
  std::string name;
  PasswordSource password;
  bool no_password = false;
  std::vector<std::string> roles;
  std::optional<std::string> phone;
};

int create(Context& context, const CreateOptions& options) {
  Writer out(context, user_change_schema(), Format::kId);
  check_password_source(options.password);
  if (options.no_password && is_given(options.password)) {
    throw Error(Code::kUsage, "password.sources", "--no-password leaves no room for a password",
                "tokctl user create --help");
  }
  auth::NewUser user{.email = options.email,
                     .full_name = options.name,
                     .roles = options.roles,
                     .phone = options.phone.value_or("")};
  // What can be refused without a password is refused before asking for one.
  normalize_email(user.email);
  check_roles(user.roles);
  if (!options.no_password) {
    user.password = read_password(context, options.password, Asking::kTwice);
  }
  const User created = context.tokctl().users().create(user);
  print_change(context, out, {.user = created, .changed = true}, "created");
  return 0;
}

void add_create(Command& command) {
  auto options = std::make_shared<CreateOptions>();
  command.required_text("--email", "EMAIL", options->email, "Email, by which the user logs in")
      .required_text("--name", "NAME", options->name, "Full name");
  add_password_options(command, options->password);
  command.flag("--no-password", options->no_password, "No login until a password is set")
      .texts("--role", "ROLE", options->roles, "What its JWTs say it is; may be repeated")
      .text("--phone", "NUMBER", options->phone, "Phone number, such as +966500000000")
      .mutation()
      .describe("Prints the PublicID. Without an option for the password, asks for it.")
      .example(
          "  printf '%s' \"$PW\" | tokctl user create --email bill@ardanlabs.com \\\n"
          "    --name 'Bill Kennedy' --password-stdin")
      .run([options](Context& context) { return create(context, *options); });
}

struct GetOptions {
  std::string user;
  bool active = false;
};

int get(Context& context, const GetOptions& options) {
  Writer out(context, user_schema(), Format::kTable);
  const UserRef ref = parse_user_ref(options.user);
  out.object(user_row(context.tokctl().users().get(ref, options.active)));
  return 0;
}

void add_get(Command& command) {
  auto options = std::make_shared<GetOptions>();
  command.argument("USER", options->user, "Email or PublicID")
      .flag("--active", options->active, "Do not find a disabled user")
      .example("  tokctl user get bill@ardanlabs.com -o json | jq -r .public_id")
      .run([options](Context& context) { return get(context, *options); });
}

struct UserListOptions {
  ListOptions list;
  bool deleted = false;
};

constexpr const char* kSorts = "email|created";
constexpr const char* kFilters = "status";
constexpr const char* kStatuses = "active|disabled";

int list(Context& context, const UserListOptions& options) {
  Writer out(context, user_schema(), Format::kTable);
  auth::UserQuery query{.deleted = options.deleted};
  for (const auto& [field, value] : filters_of(options.list, kFilters)) {
    check_choice("--filter status", kStatuses, value);
    query.status = user_status_from(value);
  }
  if (const auto sort = sort_of(options.list)) {
    query.order = sort->field == "created" ? auth::UserQuery::Order::kCreated
                                           : auth::UserQuery::Order::kEmail;
    query.descending = sort->descending;
  }
  return print_list(
      out, options.list,
      [&](std::size_t limit, const std::string& page) {
        query.limit = limit;
        query.page_token = page;
        return context.tokctl().users().list(query);
      },
      user_row);
}

void add_list(Command& command) {
  auto options = std::make_shared<UserListOptions>();
  add_list_options(command, options->list, kSorts, kFilters);
  command.flag("--deleted", options->deleted, "Only deleted users, in order of creation")
      .describe("By email, unless --sort says otherwise.")
      .example("  tokctl user list --filter status=disabled --sort -created --limit 20")
      .run([options](Context& context) { return list(context, *options); });
}

struct UpdateOptions {
  std::string user;
  std::optional<std::string> email;
  std::optional<std::string> name;
  std::vector<std::string> add_roles, remove_roles;
  std::optional<std::string> phone;
  bool no_phone = false;
};

int update(Context& context, const UpdateOptions& options) {
  Writer out(context, user_change_schema(), Format::kTable);
  if (!options.email && !options.name && options.add_roles.empty() &&
      options.remove_roles.empty() && !options.phone && !options.no_phone) {
    throw Error(Code::kUsage, "usage.option_missing",
                "nothing to change: give --email, --name, --phone or a role",
                "tokctl user update --help");
  }
  if (options.phone && options.no_phone) {
    throw Error(Code::kUsage, "usage.options", "--no-phone leaves no room for a number",
                "tokctl user update --help");
  }
  auth::UserUpdate change{.email = options.email,
                          .full_name = options.name,
                          .add_roles = options.add_roles,
                          .remove_roles = options.remove_roles,
                          .phone = options.phone};
  if (options.no_phone) change.phone = "";
  const UserRef ref = parse_user_ref(options.user);
  print_change(context, out, context.tokctl().users().update(ref, change), "updated");
  return 0;
}

void add_update(Command& command) {
  auto options = std::make_shared<UpdateOptions>();
  command.argument("USER", options->user, "Email or PublicID")
      .text("--email", "EMAIL", options->email, "New email; ends the user's web sessions")
      .text("--name", "NAME", options->name, "New full name")
      .texts("--add-role", "ROLE", options->add_roles, "One more role; may be repeated")
      .texts("--remove-role", "ROLE", options->remove_roles, "One role less; may be repeated")
      .text("--phone", "NUMBER", options->phone, "New phone number, such as +966500000000")
      .flag("--no-phone", options->no_phone, "No phone number any more")
      .mutation()
      .describe("Give at least one of these options. A new email or phone number is not verified.")
      .example("  tokctl user update bill@ardanlabs.com --name 'William Kennedy'")
      .run([options](Context& context) { return update(context, *options); });
}

// enable, disable, delete and restore: one user, and what to do with it.
using Deed = auth::UserChange (auth::Users::*)(const UserRef&);

void add_deed(Command& command, Deed deed, const std::string& done, bool ask) {
  auto user = std::make_shared<std::string>();
  command.argument("USER", *user, "Email or PublicID")
      .mutation()
      .run([user, deed, done, ask](Context& context) {
        Writer out(context, user_change_schema(), Format::kTable);
        const UserRef ref = parse_user_ref(*user);
        auth::Users& users = context.tokctl().users();
        if (ask) {
          context.confirm(fmt::format("delete user {}", printable(users.get(ref).email)));
        }
        print_change(context, out, (users.*deed)(ref), done);
        return 0;
      });
}

void add_enable(Command& command) {
  add_deed(command, &auth::Users::enable, "enabled", false);
  command.describe("Its tokens that have not expired are valid again.")
      .example("  tokctl user enable bill@ardanlabs.com");
}

void add_disable(Command& command) {
  add_deed(command, &auth::Users::disable, "disabled", false);
  command.describe("Its tokens are refused too, until it is enabled again.")
      .example("  tokctl user disable bill@ardanlabs.com");
}

void add_delete(Command& command) {
  add_deed(command, &auth::Users::remove, "deleted", true);
  command
      .describe(
          "Ends its sessions and tokens, and frees the email. Asks first.\n"
          "`restore` brings the user back.")
      .example("  tokctl user delete bill@ardanlabs.com --yes");
}

void add_restore(Command& command) {
  add_deed(command, &auth::Users::restore, "restored", false);
  command
      .describe("Without its sessions and tokens. By email only if just one deleted user had it.")
      .example("  tokctl user restore bill@ardanlabs.com");
}

}  // namespace

void add_user(Command& user) {
  user.example("  tokctl user list --filter status=disabled")
      .verb("create", "Create a user", add_create)
      .verb("get", "Show one user", add_get)
      .verb("list", "List users", add_list)
      .verb("update", "Change a user's email or name", add_update)
      .verb("passwd", "Set a user's password", add_user_passwd)
      .verb("enable", "Let a disabled user in again", add_enable)
      .verb("disable", "Refuse a user and its tokens", add_disable)
      .verb("unlock", "Forget failed logins", add_user_unlock)
      .verb("delete", "Delete a user", add_delete)
      .verb("restore", "Bring a deleted user back", add_restore)
      .verb("login", "Check an email and password", add_user_login)
      .verb("import", "Create many users from a file", add_user_import)
      .verb("export", "Write all users to a file", add_user_export);
}

}  // namespace tokctl::cli
